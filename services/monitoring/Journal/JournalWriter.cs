using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Monitoring.Journal;

/// <summary>
/// Writes events into the journal. Whatever comes while one transaction is being committed goes into the next one together, so that many at once
/// cost little more than one, and one alone waits for nobody.
/// </summary>
internal sealed class JournalWriter(JournalStore store, JournalFeed feed, TimeProvider clock, ILogger<JournalWriter> log)
{
    private const int MostAtOnce = 500;
    private const int FaultsPerWarning = 30;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private List<Waiting> _waiting = [];
    private bool _busy;

    private sealed record Waiting(JournalDraft Draft, TaskCompletionSource Done, CancellationToken Ct);

    /// <summary>Returns when the event is in the journal, now or from before.</summary>
    public Task AppendAsync(MeshEvent e, CancellationToken ct)
    {
        var waiting = new Waiting(
            new JournalDraft(e, ProjectOf(e), JsonSerializer.SerializeToUtf8Bytes(e, MeshJson.Tolerant)),
            new(TaskCreationOptions.RunContinuationsAsynchronously), ct);
        lock (_gate)
        {
            _waiting.Add(waiting);
            if (!_busy)
            {
                _busy = true;
                _ = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }

        return waiting.Done.Task.WaitAsync(ct);
    }

    /// <summary>Whose readers see the event: what happens to a project is stored on the platform's tenant, but concerns the project.</summary>
    internal static string ProjectOf(MeshEvent e) =>
        e.Project == Tenants.Platform && e.Type.StartsWith("project.", StringComparison.Ordinal) ? e.Subject : e.Project;

    /// <summary>Leaves out repeats, and puts the events of each subject that are at hand into the order of its versions.</summary>
    internal static IReadOnlyList<JournalDraft> InOrder(IEnumerable<JournalDraft> drafts)
    {
        var kept = drafts.DistinctBy(draft => draft.Event.Id).ToList();
        var subjects = kept.Select((draft, place) => (draft, place))
            .GroupBy(x => (x.draft.Project, x.draft.Event.Type.Split('.')[0], x.draft.Event.Subject));
        foreach (var places in subjects)
        {
            // A subject that was made again begins again at version 1: time goes before version, but for events of one commit.
            var ordered = places.Select(x => x.draft).OrderBy(draft => draft.Event.Time).ThenBy(draft => draft.Event.StreamVersion).ToList();
            foreach (var (place, draft) in places.Select(x => x.place).Zip(ordered)) kept[place] = draft;
        }

        return kept;
    }

    private async Task WriteAllAsync()
    {
        while (true)
        {
            List<Waiting> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _busy = false;
                    return;
                }

                batch = _waiting.Count <= MostAtOnce ? _waiting : _waiting[..MostAtOnce];
                _waiting = _waiting.Count <= MostAtOnce ? [] : _waiting[MostAtOnce..];
            }

            await WriteAsync(batch);
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await CommitAsync(batch);
                return;
            }
            catch (PostgresException fault) when (IsRefusal(fault))
            {
                if (batch.Count == 1)
                {
                    batch[0].Done.TrySetException(fault);
                    return;
                }

                // One event that the table refuses must not take the others with it.
                foreach (var one in batch) await WriteAsync([one]);
                return;
            }
            catch (Exception fault)
            {
                // Whatever else is wrong says nothing about the events, and is waited out here by all in their order: events that overtook
                // others would leave those behind as out of date.
                if (attempt % FaultsPerWarning == 1) log.LogWarning(fault, "The journal cannot be written for now");
                var pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 25 * Math.Pow(2, Math.Min(attempt, 8))));
                await Task.Delay(pause, clock);
                batch = batch.FindAll(one => !one.Ct.IsCancellationRequested);
                if (batch.Count == 0) return;
            }
        }
    }

    /// <summary>Whether the values themselves are what PostgreSQL cannot take: data, integrity and size (SQLSTATE classes 22, 23 and 54).</summary>
    private static bool IsRefusal(PostgresException fault) => fault.SqlState[..2] is "22" or "23" or "54";

    private async Task CommitAsync(List<Waiting> batch)
    {
        var drafts = InOrder(batch.Select(waiting => waiting.Draft));
        var written = await store.AppendAsync(drafts, CancellationToken.None);
        var lines = new List<JournalLine>(written.Count);
        foreach (var draft in drafts)
        {
            if (!written.TryGetValue(draft.Event.Id, out var place)) continue;
            var e = draft.Event;
            lines.Add(new JournalLine(place.Position, draft.Project, e.Type, e.Subject, draft.Json));
            if (place.Overtaken)
                log.LogWarning("Event {EventId} ({Type}, version {Version}) came after a newer one of its subject", e.Id, e.Type, e.StreamVersion);
        }

        // The readers first: whoever waits for the append waits for nothing else.
        if (lines.Count > 0) await feed.AdvanceAsync(lines, CancellationToken.None);
        foreach (var one in batch) one.Done.TrySetResult();
    }
}
