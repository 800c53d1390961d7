using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Tracking.Import;
using Mesh.Client;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking.Export;

/// <summary>
/// Writes runs and their traces into a folder of portable files. Each is kept by itself first, with a mark when it is whole; a second call reads only those again that
/// are not, or have changed since. At the end the parts become the files of the export.
/// </summary>
/// <param name="protocol">The MLflow endpoints of the same project: their search has the grammar, and shows inputs in full.</param>
internal sealed class RunExport(ProjectClient project, MlflowProtocol protocol, string folder, Action<string> say)
{
    private readonly ExportFiles _files = new(folder);

    /// <summary>Exports the runs of these experiments, or of all, that a filter of the search grammar finds.</summary>
    /// <exception cref="UsageException">There is no experiment of a name.</exception>
    public async Task<ExportManifest> RunAsync(IReadOnlyList<string> experiments, string? filter, DateTimeOffset now, CancellationToken ct)
    {
        var chosen = await ChooseAsync(experiments, ct);
        _files.Begin();
        var (done, logs, traces) = (new List<Guid>(), 0L, new List<string>());
        foreach (var experiment in chosen)
        {
            await foreach (var (run, datasets) in FindAsync(experiment.Id, filter, ct))
            {
                if (await KeepAsync(run, datasets, ct) is not { } kept) continue;
                done.Add(run);
                if (kept.LogBytes > 0) logs++;
                say(string.Create(CultureInfo.InvariantCulture, $"{done.Count:N0} runs"));
            }
        }

        var export = new TraceExport(new MlflowServerSource(protocol), _files);
        var only = filter is null ? null : done.ToHashSet();
        foreach (var experiment in chosen)
        {
            var from = new SourceExperiment(experiment.Id.ToString(CultureInfo.InvariantCulture), experiment.Name, experiment.Tags);
            await foreach (var trace in export.KeepAsync(from, only, ct))
            {
                traces.Add(trace);
                say(string.Create(CultureInfo.InvariantCulture, $"{done.Count:N0} runs, {traces.Count:N0} traces"));
            }
        }

        return await AssembleAsync(chosen, done, logs, traces, now, ct);
    }

    private async Task<IReadOnlyList<ExperimentInfo>> ChooseAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        var all = new List<ExperimentInfo>();
        await foreach (var experiment in project.Runs.Experiments.ListAsync(ct)) all.Add(experiment);
        if (names.FirstOrDefault(name => all.All(experiment => experiment.Name != name)) is { } missing)
            throw new UsageException($"There is no experiment '{missing}' in project {project.Name}.");
        return names.Count == 0 ? all : [.. all.Where(experiment => names.Contains(experiment.Name))];
    }

    private async IAsyncEnumerable<(Guid Run, JsonArray Datasets)> FindAsync(long experiment, string? filter, [EnumeratorCancellation] CancellationToken ct)
    {
        JsonObject Body() => new()
        {
            ["experiment_ids"] = new JsonArray(experiment.ToString(CultureInfo.InvariantCulture)),
            ["filter"] = filter ?? "",
            ["max_results"] = 200,
            ["order_by"] = new JsonArray("attributes.start_time ASC"),
        };
        await foreach (var page in MlflowServerSource.PagesAsync(protocol, "runs/search", Body, ct))
        {
            foreach (var item in page.Items("runs"))
            {
                var datasets = item.Part("inputs").Items("dataset_inputs").Select(dataset => JsonNode.Parse(dataset.GetRawText()));
                yield return (Guid.Parse(item.Part("info").Text("run_id")!), new JsonArray([.. datasets]));
            }
        }
    }

    // Null: it was deleted meanwhile.
    private async Task<KeptRun?> KeepAsync(Guid id, JsonArray datasets, CancellationToken ct)
    {
        if (await project.Runs.FindAsync(id, ct) is not { } run) return null;
        var points = run.Metrics.Values.Sum(metric => metric.Count);
        var mark = _files.StateOf(id, "json");
        // Log text may come behind the end: its length is asked for.
        var known = await ReadMarkAsync(mark, ct);
        if (known is not null && known.Version == run.Version && known.Points == points
            && (await project.Runs.LogAsync(id, known.LogBytes, ct)).NextOffset == known.LogBytes) return known;
        File.Delete(mark);
        await ExportFiles.WriteAsync(_files.StateOf(id, "run"), new ExportedRun(run, datasets), ct);
        await ExportFiles.ReplaceAsync(_files.StateOf(id, "parquet"), stream => WritePointsAsync(stream, run, ct));
        var kept = new KeptRun(run.Version, points, await WriteLogAsync(id, ct));
        await ExportFiles.WriteAsync(mark, kept, ct);
        return kept;
    }

    private static async Task<KeptRun?> ReadMarkAsync(string path, CancellationToken ct)
    {
        try
        {
            return File.Exists(path) ? await ExportFiles.ReadAsync<KeptRun>(path, ct) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Of no use: the run is read again.
            return null;
        }
    }

    private async Task WritePointsAsync(Stream stream, RunInfo run, CancellationToken ct)
    {
        await using var writer = await MetricsFileWriter.CreateAsync(stream, ct);
        foreach (var metric in run.Metrics.Keys.Order(StringComparer.Ordinal))
        {
            await foreach (var point in project.Runs.MetricAsync(run.Id, metric, ct))
                await writer.AddAsync(new MetricRow(run.Id.ToString(), metric, point.Step, point.Time!.Value.UtcDateTime, point.Value), ct);
        }

        await writer.CompleteAsync(ct);
    }

    private async Task<long> WriteLogAsync(Guid run, CancellationToken ct)
    {
        var first = await project.Runs.LogAsync(run, 0, ct);
        if (first.NextOffset == 0) return 0;
        var length = 0L;
        await ExportFiles.ReplaceAsync(_files.Log(run), async stream =>
        {
            for (var chunk = first; chunk.NextOffset > length; chunk = await project.Runs.LogAsync(run, length, ct))
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(chunk.Text), ct);
                length = chunk.NextOffset;
            }
        });
        return length;
    }

    private async Task<ExportManifest> AssembleAsync(
        IReadOnlyList<ExperimentInfo> experiments, List<Guid> runs, long logs, List<string> traces, DateTimeOffset now, CancellationToken ct)
    {
        await ExportFiles.WriteLinesAsync(_files.Of(ExportFiles.Experiments), experiments.ToAsyncEnumerable(), ct);
        await ExportFiles.WriteLinesAsync(_files.Of(ExportFiles.Runs), LinesAsync<ExportedRun>(runs.Select(run => _files.StateOf(run, "run")), ct), ct);
        await ExportFiles.WriteLinesAsync(_files.Of(ExportFiles.Traces), LinesAsync<ExportedTrace>(traces, ct), ct);
        var points = 0L;
        await ExportFiles.ReplaceAsync(_files.Of(ExportFiles.Metrics), async stream =>
        {
            await using var writer = await MetricsFileWriter.CreateAsync(stream, ct);
            foreach (var run in runs)
            {
                await foreach (var group in MetricsFile.ReadAsync(_files.StateOf(run, "parquet"), ct))
                    foreach (var row in group) await writer.AddAsync(row, ct);
            }

            await writer.CompleteAsync(ct);
            points = writer.Count;
        });
        var files = new List<ExportedFile>();
        foreach (var name in (string[])[ExportFiles.Experiments, ExportFiles.Runs, ExportFiles.Metrics, ExportFiles.Traces]) files.Add(await _files.DescribeAsync(_files.Of(name), ct));
        foreach (var log in runs.Select(_files.Log).Where(File.Exists).Order(StringComparer.Ordinal)) files.Add(await _files.DescribeAsync(log, ct));
        var folders = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var trace in LinesAsync<ExportedTrace>(traces, ct))
        {
            folders.Add(trace.Folder);
            foreach (var file in trace.Files) files.Add(await _files.DescribeAsync(_files.Trace(trace.Folder, file), ct));
        }

        var counts = new Dictionary<string, long>
        {
            ["experiments"] = experiments.Count,
            ["runs"] = runs.Count,
            ["points"] = points,
            ["logs"] = logs,
            ["traces"] = traces.Count,
        };
        var manifest = new ExportManifest(ExportManifest.Current, project.Name, now, counts, files);
        await ExportFiles.WriteAsync(_files.Of(ExportFiles.Manifest), manifest, ct, indented: true);
        _files.End(runs.ToHashSet(), folders);
        return manifest;
    }

    private static async IAsyncEnumerable<T> LinesAsync<T>(IEnumerable<string> paths, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var path in paths) yield return await ExportFiles.ReadAsync<T>(path, ct);
    }

    /// <summary>The mark of a run that was read whole.</summary>
    private sealed record KeptRun(long Version, long Points, long LogBytes);
}
