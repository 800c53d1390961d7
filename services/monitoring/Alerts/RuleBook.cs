using System.Collections.Concurrent;
using Marten;
using Mesh.Hosting;
using Mesh.Hosting.Store;

namespace Mesh.Monitoring.Alerts;

/// <summary>
/// Which rules an event may concern. Most events concern none, so a process that is the only writer keeps the rules of a project in memory; one with
/// replicas beside it asks the store each time.
/// </summary>
internal sealed class RuleBook(IMonitoringStore store, MeshOptions options)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<AlertRule>> _byProject = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Project, string Rule), SemaphoreSlim> _turns = new();
    private readonly bool _alone = options.RabbitMq is null;
    private long _changes;

    /// <summary>The rules that match; the aggregate decides again whether they fire.</summary>
    public async ValueTask<IReadOnlyList<AlertRule>> MatchingAsync(string project, string eventType, string subject, CancellationToken ct)
    {
        if (!_byProject.TryGetValue(project, out var rules)) rules = await LoadAsync(project, ct);
        return rules.Count == 0 ? [] : [.. rules.Where(rule => AlertDecider.Matches(rule, eventType, subject))];
    }

    /// <summary>Runs what one event does to a rule. Events that come at once take turns here instead of losing races for the rule's stream.</summary>
    public async Task InTurnAsync(string project, AlertRule rule, Func<Task> work, CancellationToken ct)
    {
        var turn = _turns.GetOrAdd((project, rule.Id), static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(ct);
        try
        {
            await work();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The rules of a project were changed.</summary>
    public void Changed(string project)
    {
        Interlocked.Increment(ref _changes);
        _byProject.TryRemove(project, out _);
    }

    private async Task<IReadOnlyList<AlertRule>> LoadAsync(string project, CancellationToken ct)
    {
        var changes = Interlocked.Read(ref _changes);
        await using var session = store.OpenQuery(project);
        var rules = await session.Query<AlertRule>().Where(rule => !rule.IsRemoved).ToListAsync(ct);
        if (!_alone) return rules;
        _byProject[project] = rules;
        // A change that came while the rules were read may not be in them.
        if (Interlocked.Read(ref _changes) != changes) _byProject.TryRemove(project, out _);
        return rules;
    }
}
