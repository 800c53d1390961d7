using JasperFx;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Monitoring.Alerts;

/// <summary>
/// Fires the rules that an event matches. First the rule notes that it acts, then the job is submitted under a key made of rule and event, then the outcome is
/// noted: whatever dies in between, the event comes again and finds where to go on, and no job is submitted twice.
/// </summary>
internal sealed class OnMatchingEvent(
    IMonitoringStore store, RuleBook rules, [FromKeyedServices(MonitoringService.ServiceName)] ServiceClient services, TimeProvider clock) : IEventConsumer
{
    private static readonly Caller Self = Caller.Service(MonitoringService.ServiceName);

    /// <summary>Every type of event but those of alerts, which would fire themselves.</summary>
    public static IReadOnlyList<string> Patterns { get; } =
        [.. EventTypes.ByName.Keys.Select(type => type.Split('.')[0]).Where(noun => noun != "alert").Distinct()
            .Order(StringComparer.Ordinal).Select(noun => $"{noun}.*")];

    public async Task ConsumeAsync(MeshEvent e, IDocumentSession session, CancellationToken ct)
    {
        foreach (var rule in await rules.MatchingAsync(e.Project, e.Type, e.Subject, ct))
            await rules.InTurnAsync(e.Project, rule, () => FireAsync(rule, e, ct), ct);
    }

    private async Task FireAsync(AlertRule rule, MeshEvent e, CancellationToken ct)
    {
        var noted = await WriteAsync(e.Project, rule, new AlertCommand.React(e), ct);
        if (noted?.PendingOn(e.Id) is null || noted.IsRemoved) return;
        var (job, cause) = await SubmitAsync(noted, e, ct);
        await WriteAsync(e.Project, rule, new AlertCommand.Complete(e.Id, job, cause), ct);
    }

    private async Task<AlertRule?> WriteAsync(string project, AlertRule rule, AlertCommand command, CancellationToken ct)
    {
        var written = await store.WriteAsync<AlertRule, AlertEvent>(
            Self, project, rule.Id, state => AlertDecider.Decide(command, state, clock.GetUtcNow()), ct);
        // The decisions refuse nothing that comes here; what is left is a race against another replica, lost too often in a row.
        if (written.Rejected is { } rejected) throw new ConcurrencyException(rejected.Detail, typeof(AlertRule), rule.Id);
        return written.State;
    }

    private async Task<(Guid? JobId, string? Cause)> SubmitAsync(AlertRule rule, MeshEvent e, CancellationToken ct)
    {
        if (rule.Action.Job is not { } template) return (null, "The rule has no action.");
        try
        {
            var job = await services.PostAsync<SubmitJob, JobInfo>(
                "functions", $"/api/v1/projects/{Uri.EscapeDataString(e.Project)}/jobs", AlertJob.From(template, rule.Name, e), e.Project,
                AlertJob.KeyOf(rule.Name, e.Id), ct);
            return (job.Id, null);
        }
        catch (ServiceCallException refused) when (!refused.IsOutage)
        {
            return (null, refused.Problem.Detail ?? refused.Problem.Title);
        }
    }
}
