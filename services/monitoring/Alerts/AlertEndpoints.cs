using Marten;
using Marten.Linq.MatchesSql;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Monitoring.Alerts;

/// <summary>The HTTP surface of alert rules.</summary>
internal static class AlertEndpoints
{
    private sealed record NameCursor(string Name);

    private sealed record VersionCursor(long Version);

    public static void MapAlerts(this IEndpointRouteBuilder app)
    {
        var alerts = app.MapGroup("/api/v1/projects/{project}/alerts").WithTags("Alerts");
        alerts.MapGet("", List).WithName("ListAlertRules");
        alerts.MapPut("/{rule}", Define).WithName("DefineAlertRule").RequireRole(Role.Admin);
        alerts.MapGet("/{rule}", Get).WithName("GetAlertRule");
        alerts.MapDelete("/{rule}", Remove).WithName("RemoveAlertRule").RequireRole(Role.Admin);
        alerts.MapGet("/{rule}/activations", Activations).WithName("ListAlertActivations");
    }

    internal static async Task<Ok<Page<AlertRuleInfo>>> List(string project, PageRequest page, IMonitoringStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var after = page.After<NameCursor>()?.Name ?? "";
        var rules = await session.Query<AlertRule>()
            .Where(rule => !rule.IsRemoved && rule.MatchesSql("d.data ->> 'name' collate \"C\" > ?", after))
            .OrderBySql("d.data ->> 'name' collate \"C\"")
            .Take(page.Limit + 1)
            .ToListAsync(ct);
        return TypedResults.Ok(page.ToPage([.. rules.Select(ToInfo)], rule => new NameCursor(rule.Name)));
    }

    internal static async Task<Results<Ok<AlertRuleInfo>, ProblemHttpResult>> Define(
        string project, string rule, DefineAlertRule body, Caller caller, IMonitoringStore store, RuleBook rules, TimeProvider clock, CancellationToken ct)
    {
        if (!Names.IsLabel(rule))
        {
            const string Form = "The name of a rule must be a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.";
            return Rejection.Malformed("rule.invalid", Form, "rule").ToProblem();
        }
        var written = await store.WriteAsync<AlertRule, AlertEvent>(
            caller, project, AlertRule.StreamOf(rule),
            state => AlertDecider.Decide(new AlertCommand.Define(rule, body, caller.Name), state, clock.GetUtcNow()), ct);
        rules.Changed(project);
        return written.Rejected is { } rejection ? rejection.ToProblem() : TypedResults.Ok(ToInfo(written.State!));
    }

    internal static async Task<Results<Ok<AlertRuleInfo>, ProblemHttpResult>> Get(string project, string rule, IMonitoringStore store, CancellationToken ct) =>
        await FindAsync(store, project, rule, ct) is { } found ? TypedResults.Ok(ToInfo(found)) : AlertDecider.Unknown(rule).ToProblem();

    internal static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string project, string rule, Caller caller, IMonitoringStore store, RuleBook rules, TimeProvider clock, CancellationToken ct)
    {
        var written = await store.WriteAsync<AlertRule, AlertEvent>(
            caller, project, AlertRule.StreamOf(rule), state => AlertDecider.Decide(new AlertCommand.Remove(rule), state, clock.GetUtcNow()), ct);
        rules.Changed(project);
        return written.Rejected is { } rejection ? rejection.ToProblem() : TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<Page<AlertActivation>>, ProblemHttpResult>> Activations(
        string project, string rule, PageRequest page, IMonitoringStore store, CancellationToken ct)
    {
        if (await FindAsync(store, project, rule, ct) is null) return AlertDecider.Unknown(rule).ToProblem();
        var (stream, before) = (AlertRule.StreamOf(rule), page.After<VersionCursor>()?.Version ?? long.MaxValue);
        await using var session = store.OpenQuery(project);
        var events = await session.Events.QueryAllRawEvents()
            .Where(e => e.StreamKey == stream && e.EventTypeName == AlertEventNames.Activated && e.Version < before)
            .OrderByDescending(e => e.Version)
            .Take(page.Limit + 1)
            .ToListAsync(ct);
        var found = page.ToPage(events, e => new VersionCursor(e.Version));
        return TypedResults.Ok(new Page<AlertActivation>([.. found.Items.Select(e => ToActivation((AlertEvent.Activated)e.Data))], found.Next));
    }

    private static async Task<AlertRule?> FindAsync(IMonitoringStore store, string project, string rule, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await session.LoadAsync<AlertRule>(AlertRule.StreamOf(rule), ct) is { IsRemoved: false } found ? found : null;
    }

    private static AlertActivation ToActivation(AlertEvent.Activated e) => new(e.EventId, e.Rule, e.At, e.JobId, e.Cause);

    private static AlertRuleInfo ToInfo(AlertRule rule) => new(
        rule.Name, rule.EventType, rule.Subject, rule.Action, rule.CooldownSeconds, rule.Description, rule.Activations, rule.LastTriggeredAt, rule.CreatedBy,
        rule.CreatedAt, rule.Suppressed);
}
