using System.Text.Json;
using Marten;
using Mesh.Artifacts.Annexes;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Models;

/// <summary>All metrics that were ever logged of a version, read from the events of its model.</summary>
internal sealed class MetricHistory(IArtifactsStore store, ServiceDatabase<IArtifactsStore> database)
{
    // An event holds several: a page may end within one.
    private sealed record AfterMetric(long Event, int Index);

    /// <summary>One page, those logged last first; the ones that it was registered with at the end.</summary>
    public async Task<Page<ModelMetric>> ReadAsync(string project, string stream, int version, PageRequest page, CancellationToken ct)
    {
        var (after, skip) = page.After<AfterMetric>() is { } cursor ? (cursor.Event, cursor.Index + 1) : (long.MaxValue, 0);
        var found = new List<(ModelMetric Metric, AfterMetric Place)>();
        foreach (var (number, metrics) in await EventsAsync(project, stream, version, after, page.Limit + 2, ct))
            found.AddRange(metrics.Select((metric, index) => (metric, new AfterMetric(number, index))).Skip(number == after ? skip : 0));
        var places = page.ToPage([.. found.Take(page.Limit + 1)], item => item.Place);
        return new Page<ModelMetric>([.. places.Items.Select(item => item.Metric)], places.Next);
    }

    private async Task<List<(long Number, IReadOnlyList<ModelMetric> Metrics)>> EventsAsync(string project, string stream, int version, long upTo, int limit, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            select version, type, data::text from mt_events
            where tenant_id = $1 and stream_id = $2 and type in ('model.metrics-logged', 'model.version-registered') and (data ->> 'version')::int = $3 and version <= $4
            order by version desc limit $5
            """);
        foreach (var value in (object[])[project, stream, version, upTo, limit]) command.Parameters.Add(new NpgsqlParameter { Value = value });
        var events = new List<(long Number, string Type, string Json)>();
        await using (var rows = await command.ExecuteReaderAsync(ct))
            while (await rows.ReadAsync(ct)) events.Add((rows.GetInt64(0), rows.GetString(1), rows.GetString(2)));

        var found = new List<(long, IReadOnlyList<ModelMetric>)>();
        foreach (var (number, type, json) in events)
            found.Add((number, type == "model.metrics-logged" ? Logged(json) : await RegisteredAsync(project, json, ct)));
        return found;
    }

    private static IReadOnlyList<ModelMetric> Logged(string json)
    {
        var logged = JsonSerializer.Deserialize<ModelEvent.MetricsLogged>(json, MeshJson.Tolerant)!;
        return [.. logged.Metrics.Reverse().Select(metric => new ModelMetric(metric.Name, metric.Value, metric.Dataset, metric.At, logged.By, logged.At))];
    }

    private async Task<IReadOnlyList<ModelMetric>> RegisteredAsync(string project, string json, CancellationToken ct)
    {
        var registered = JsonSerializer.Deserialize<ModelEvent.VersionRegistered>(json, MeshJson.Tolerant)!;
        await using var session = store.OpenQuery(project);
        var card = (await session.LoadAsync<Annex>(registered.Card, ct))!.Read<ModelCard>();
        return [.. card.Metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new ModelMetric(pair.Key, pair.Value, null, registered.At, registered.By, registered.At, Registered: true))];
    }
}
