using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;
using Npgsql;

namespace Mesh.Artifacts.Lineage.Rebuild;

/// <summary>
/// Makes the graph again from the journal. Readers see the old one until the new one is whole; what happens meanwhile goes into both. It can stop anywhere, and goes on
/// from the last page that was written.
/// </summary>
internal sealed class LineageRebuilder(RebuildStore store, JournalReader journal, RebuildMark mark, TimeProvider clock, ILogger<LineageRebuilder> log)
{
    // For how long the journal is left alone that does not have everything yet.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Goes on with the rebuild that runs, to its end.</summary>
    /// <returns>Whether there was something to do, and no other replica does it.</returns>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        if (await store.FindAsync(ct) is not { State: LineageRebuildState.Due or LineageRebuildState.Running } found) return false;
        return await store.AloneAsync(() => found.State is LineageRebuildState.Due ? LookAsync(ct) : BuildAsync(ct), ct) is true;
    }

    /// <summary>Begins for a service that is new to a mesh which has a journal already.</summary>
    private async Task<bool> LookAsync(CancellationToken ct)
    {
        if ((await journal.ReadAsync(0, 1, ct)).Count == 0)
        {
            await store.NotDueAsync(ct);
            return false;
        }

        await store.StartAsync("mesh", onlyIfDue: true, ct);
        return await BuildAsync(ct);
    }

    private async Task<bool> BuildAsync(CancellationToken ct)
    {
        // Read again: another replica may have gone on, or ended it.
        if (await store.FindAsync(ct) is not { State: LineageRebuildState.Running } rebuild) return false;
        await mark.SetAsync(rebuild, ct);
        for (var at = rebuild.Position; await store.IsWholeAsync(rebuild.Id, ct) is { } whole;)
        {
            var page = await journal.ReadAsync(at, JournalReader.MostEntries, ct);
            if (page.Count > 0)
            {
                if (!await WriteAsync(rebuild.Id, at, page, ct)) return true;
                at = page[^1].Position;
            }
            else if (whole)
            {
                // What comes from now on goes into both graphs by itself.
                if (await store.FinishAsync(rebuild.Id, ct)) log.LogInformation("The lineage was rebuilt from the journal up to position {Position}", at);
                return true;
            }
            else
            {
                await Task.Delay(Pause, clock, ct);
            }
        }

        return true;
    }

    private async Task<bool> WriteAsync(Guid id, long from, IReadOnlyList<JournalEntry> page, CancellationToken ct)
    {
        var steps = page.Where(entry => entry.Event.Type != RebuildMark.EventType).Select(Read).ToList();
        var isWhole = page.Any(entry => entry.Event.Type == RebuildMark.EventType && entry.Event.Subject == id.ToString());
        try
        {
            return await store.AdvanceAsync(id, from, [.. steps.OfType<RebuildStep>()], page[^1].Position, page[^1].Event.Time, steps.Count(step => step is null), isWhole, ct);
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            if (page.Count == 1)
            {
                log.LogWarning("The event at position {Position} of the journal is left out of the lineage: {Reason}", page[0].Position, e.MessageText);
                return await store.AdvanceAsync(id, from, [], page[0].Position, page[0].Event.Time, 1, isWhole, ct);
            }
        }

        // One that the tables refuse must not take the others with it.
        foreach (var entry in page)
        {
            if (!await WriteAsync(id, from, [entry], ct)) return false;
            from = entry.Position;
        }

        return true;
    }

    /// <summary>What an event says; null when it cannot be read.</summary>
    private RebuildStep? Read(JournalEntry entry)
    {
        try
        {
            return entry.Event.Type == "project.deleted" ? new(LineageFacts.None, entry.Event.Subject, entry.Event.Time) : new(EventLineage.Read(entry.Event));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            log.LogWarning("The event at position {Position} of the journal cannot be read, and is left out of the lineage: {Reason}", entry.Position, e.Message);
            return null;
        }
    }

    // The values themselves are what PostgreSQL cannot take: data, integrity and size.
    private static bool IsRefusal(PostgresException fault) => fault.SqlState[..2] is "22" or "23" or "54";
}
