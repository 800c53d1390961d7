using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.Tracking.Import;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Parquet;

namespace Mesh.Cli.Tracking.Export;

/// <summary>The folder of an export as a source of runs and traces. Its files are checked against the manifest when it is opened.</summary>
internal sealed class ExportSource : IRunSource, ITraceSource
{
    private const int LogChunk = 256 * 1024;
    private readonly ExportFiles _files;
    private readonly Dictionary<string, List<int>> _groupsOf = [];
    private readonly Dictionary<string, ExportedRun> _runs = [];
    private readonly Dictionary<string, ExportedTrace> _traces = [];
    private (int Group, ILookup<(string Run, string Metric), SourcePoint> Points)? _read;

    private ExportSource(string folder) => _files = new ExportFiles(folder);

    /// <summary>Opens a folder.</summary>
    /// <exception cref="UsageException">It holds no whole export.</exception>
    /// <exception cref="FormatException">A file is not what the manifest says.</exception>
    public static async Task<ExportSource> OpenAsync(string folder, CancellationToken ct)
    {
        var source = new ExportSource(folder);
        var path = source._files.Of(ExportFiles.Manifest);
        if (!File.Exists(path)) throw new UsageException($"'{folder}' holds no whole export: there is no {ExportFiles.Manifest}.");
        var manifest = await ExportFiles.ReadAsync<ExportManifest>(path, ct);
        if (manifest.Format != ExportManifest.Current)
            throw new UsageException($"'{folder}' is of the form '{manifest.Format}'; this version reads {ExportManifest.Current}.");
        foreach (var file in manifest.Files)
        {
            if (!Names.IsKey(file.Path)) throw new FormatException($"'{file.Path}' in the manifest is no path below the folder.");
            var there = source._files.Of(file.Path);
            if (!File.Exists(there) || await source._files.DescribeAsync(there, ct) != file)
                throw new FormatException($"{there} is missing or not what the manifest says.");
        }

        await source.IndexAsync(ct);
        return source;
    }

    public async Task<IReadOnlyList<SourceExperiment>> ExperimentsAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        var found = new List<SourceExperiment>();
        await foreach (var experiment in ExportFiles.ReadLinesAsync<ExperimentInfo>(_files.Of(ExportFiles.Experiments), ct))
            found.Add(new SourceExperiment(experiment.Id.ToString(CultureInfo.InvariantCulture), experiment.Name, experiment.Tags));
        if (names.FirstOrDefault(name => found.All(experiment => experiment.Name != name)) is { } missing)
            throw new UsageException($"There is no experiment '{missing}' in the export.");
        return names.Count == 0 ? found : [.. found.Where(experiment => names.Contains(experiment.Name))];
    }

    public async IAsyncEnumerable<SourceRun> RunsAsync(SourceExperiment experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var (id, exported) in _runs.Where(run => run.Value.Run.ExperimentId.ToString(CultureInfo.InvariantCulture) == experiment.Id)
            .OrderBy(run => run.Value.Run.StartedAt ?? run.Value.Run.CreatedAt))
        {
            ct.ThrowIfCancellationRequested();
            yield return Read(id, exported);
        }
    }

    public async Task<IReadOnlyList<SourcePoint>> HistoryAsync(SourceRun run, string metric, CancellationToken ct)
    {
        var points = new List<SourcePoint>();
        foreach (var group in _groupsOf.GetValueOrDefault(run.Id) ?? []) points.AddRange((await GroupAsync(group, ct))[(run.Id, metric)]);
        return points;
    }

    public async IAsyncEnumerable<SourceFile> FilesAsync(SourceRun run, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<Stream> OpenAsync(SourceRun run, SourceFile file, CancellationToken ct) => throw new NotSupportedException("An export holds no files of runs.");

    public async IAsyncEnumerable<JsonElement> TracesAsync(SourceExperiment experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var trace in _traces.Values.Where(trace => trace.Experiment == experiment.Id)) yield return trace.Trace;
    }

    public Task<IReadOnlyList<JsonElement>> SpansAsync(string trace, CancellationToken ct) => Task.FromResult(_traces[trace].Spans);

    public IAsyncEnumerable<SourceFile>? TraceFiles(string location, CancellationToken ct)
    {
        if (_traces.Values.FirstOrDefault(trace => trace.Location == location) is not { } found) return null;
        return found.Files.Select(file => new SourceFile(file, new FileInfo(_files.Trace(found.Folder, file)).Length)).ToAsyncEnumerable();
    }

    public Task<Stream> OpenAsync(string location, SourceFile file, CancellationToken ct) =>
        Task.FromResult<Stream>(File.OpenRead(_files.Trace(_traces.Values.First(trace => trace.Location == location).Folder, file.Path)));

    /// <summary>Writes what the MLflow protocol has no words for: the log, where the code came from and what it ran on. Harmless when repeated.</summary>
    public async Task CompleteAsync(ProjectClient project, SourceRun run, Guid here, CancellationToken ct)
    {
        var exported = _runs[run.Id].Run;
        if (exported.Source is not null || exported.Environment is not null)
            await project.Runs.DescribeContextAsync(here, new DescribeRunContext(exported.Source, exported.Environment), ct);
        var log = _files.Log(exported.Id);
        if (!File.Exists(log)) return;
        // As it is: reading it as a text file would take a mark at its beginning off.
        var text = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(log, ct));
        var (offset, at) = (0L, 0);
        while (at < text.Length)
        {
            var length = Math.Min(LogChunk, text.Length - at);
            // A character of two parts stays whole.
            if (at + length < text.Length && char.IsHighSurrogate(text[at + length - 1])) length--;
            var chunk = text.Substring(at, length);
            await project.Runs.AppendLogAsync(here, chunk, offset, ct: ct);
            offset += Encoding.UTF8.GetByteCount(chunk);
            at += length;
        }
    }

    private static SourceRun Read(string id, ExportedRun exported)
    {
        var run = exported.Run;
        var tags = new Dictionary<string, string>(run.Tags, StringComparer.Ordinal);
        if (run.Parent is { } parent) tags.TryAdd(ImportTags.Parent, parent.ToString("N"));
        var status = run.Status switch
        {
            RunStatus.Completed => "FINISHED",
            RunStatus.Failed => "FAILED",
            RunStatus.Aborted => "KILLED",
            _ => "RUNNING",
        };
        return new SourceRun(
            id, run.Name, run.User ?? run.CreatedBy, status, (run.StartedAt ?? run.CreatedAt).ToUnixTimeMilliseconds(), run.EndedAt?.ToUnixTimeMilliseconds(),
            run.Params, tags, [.. run.Metrics.Keys], (JsonArray)exported.Datasets.DeepClone(), $"{run.Version}-{run.Metrics.Values.Sum(metric => metric.Count)}", []);
    }

    // Which groups hold rows of a run; the rows themselves are read when they are asked for.
    private async Task IndexAsync(CancellationToken ct)
    {
        await foreach (var line in ExportFiles.ReadLinesAsync<ExportedRun>(_files.Of(ExportFiles.Runs), ct)) _runs[line.Run.Id.ToString("N")] = line;
        // Older exports have no traces.
        if (File.Exists(_files.Of(ExportFiles.Traces)))
        {
            await foreach (var line in ExportFiles.ReadLinesAsync<ExportedTrace>(_files.Of(ExportFiles.Traces), ct))
            {
                if (!Names.IsKey(line.Folder) || !line.Files.All(Names.IsKey)) throw new FormatException($"A trace in {ExportFiles.Traces} names a file outside of its folder.");
                _traces[line.Trace.Text("trace_id")!] = line;
            }
        }

        var number = 0;
        await foreach (var group in MetricsFile.ReadAsync(_files.Of(ExportFiles.Metrics), ct))
        {
            foreach (var run in group.Select(row => row.RunId).Distinct(StringComparer.Ordinal))
            {
                var id = Guid.Parse(run).ToString("N");
                if (!_groupsOf.TryGetValue(id, out var groups)) _groupsOf[id] = groups = [];
                groups.Add(number);
            }

            number++;
        }
    }

    private async Task<ILookup<(string Run, string Metric), SourcePoint>> GroupAsync(int group, CancellationToken ct)
    {
        if (_read is { } read && read.Group == group) return read.Points;
        await using var stream = File.OpenRead(_files.Of(ExportFiles.Metrics));
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: ct);
        var rows = await MetricsFile.ReadAsync(reader, group, ct);
        var points = rows.ToLookup(
            row => (Guid.Parse(row.RunId).ToString("N"), row.Name),
            row => new SourcePoint(row.Step, new DateTimeOffset(row.Time).ToUnixTimeMilliseconds(), row.Value));
        _read = (group, points);
        return points;
    }
}
