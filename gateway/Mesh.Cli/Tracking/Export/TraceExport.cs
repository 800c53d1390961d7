using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mesh.Cli.Tracking.Import;
using Mesh.Contracts;

namespace Mesh.Cli.Tracking.Export;

/// <summary>A line of <c>traces.jsonl</c>.</summary>
/// <param name="Trace">As <c>traces/search</c> of the MLflow protocol shows it: times, state, previews, tags, metadata, assessments.</param>
/// <param name="Spans">Those that the server keeps itself, in protobuf's JSON; empty when they are in a file.</param>
/// <param name="Files">Its files, in <c>traces/{folder}</c>.</param>
internal sealed record ExportedTrace(JsonElement Trace, IReadOnlyList<JsonElement> Spans, string Folder, IReadOnlyList<string> Files)
{
    /// <summary>The experiment that it is in.</summary>
    public string? Experiment => Trace.Part("trace_location").Part("mlflow_experiment").Text("experiment_id");

    /// <summary>Where it says that its files are.</summary>
    public string? Location => Trace.Part("tags").Text("mlflow.artifactLocation");

    /// <summary>The run that it was made in.</summary>
    public string? Run => Trace.Part("trace_metadata").Text("mlflow.sourceRun");
}

/// <summary>Writes the traces of experiments beside their runs. A second call reads only those again that have changed since.</summary>
internal sealed class TraceExport(ITraceSource source, ExportFiles files)
{
    /// <summary>Keeps the traces of an experiment.</summary>
    /// <param name="runs">Only those of these runs; all when null.</param>
    /// <returns>Where each was kept.</returns>
    public async IAsyncEnumerable<string> KeepAsync(SourceExperiment experiment, IReadOnlySet<Guid>? runs, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var trace in source.TracesAsync(experiment, ct))
        {
            // The name of its folder: ids are whatever its maker chose.
            var folder = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(trace.Text("trace_id")!)))[..32];
            var line = new ExportedTrace(trace, [], folder, []);
            if (runs is not null && !(Guid.TryParse(line.Run, out var run) && runs.Contains(run))) continue;
            var path = files.StateOf(folder, "trace");
            if (!await IsKeptAsync(path, trace, ct))
            {
                var kept = await FilesAsync(line, ct);
                await ExportFiles.WriteAsync(path, line with { Spans = await source.SpansAsync(trace.Text("trace_id")!, ct), Files = kept }, ct);
            }

            yield return path;
        }
    }

    private async Task<List<string>> FilesAsync(ExportedTrace trace, CancellationToken ct)
    {
        var kept = new List<string>();
        if (trace.Location is not { } location || source.TraceFiles(location, ct) is not { } found) return kept;
        await foreach (var file in found)
        {
            if (!Names.IsKey(file.Path)) throw new FormatException($"The trace {trace.Trace.Text("trace_id")} has a file '{file.Path}', which is no path below its folder.");
            var path = files.Trace(trace.Folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await ExportFiles.ReplaceAsync(path, async stream =>
            {
                await using var content = await source.OpenAsync(location, file, ct);
                await content.CopyToAsync(stream, ct);
            });
            kept.Add(file.Path);
        }

        return kept;
    }

    private static async Task<bool> IsKeptAsync(string path, JsonElement trace, CancellationToken ct)
    {
        try
        {
            return File.Exists(path) && JsonElement.DeepEquals((await ExportFiles.ReadAsync<ExportedTrace>(path, ct)).Trace, trace);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            // Of no use: the trace is read again.
            return false;
        }
    }
}
