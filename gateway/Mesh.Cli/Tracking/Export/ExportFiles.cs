using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Cli.Tracking.Export;

/// <summary>A line of <c>runs.jsonl</c>.</summary>
/// <param name="Run">As the platform's own API shows it: params, tags, metric summaries, inputs, source, environment.</param>
/// <param name="Datasets">Its inputs with their sources, schemas and profiles, as <c>runs/log-inputs</c> of the MLflow protocol takes them.</param>
internal sealed record ExportedRun(RunInfo Run, JsonArray Datasets);

/// <summary><c>manifest.json</c>: written last, so a folder that has one is whole.</summary>
/// <param name="Format">Name and version of the form of these files.</param>
/// <param name="Counts">Experiments, runs, points, logs, traces.</param>
internal sealed record ExportManifest(
    string Format, string Project, DateTimeOffset ExportedAt, IReadOnlyDictionary<string, long> Counts, IReadOnlyList<ExportedFile> Files)
{
    public const string Current = "mesh-export/1";
}

/// <summary>A file of an export.</summary>
/// <param name="Path">Below the folder, with slashes.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record ExportedFile(string Path, long Bytes, string Sha256);

/// <summary>The files of an export in their folder. Each appears once it is whole.</summary>
internal sealed class ExportFiles(string folder)
{
    public const string Experiments = "experiments.jsonl";
    public const string Runs = "runs.jsonl";
    public const string Metrics = "metrics.parquet";
    public const string Traces = "traces.jsonl";
    public const string Manifest = "manifest.json";
    private const string LogFolder = "logs";
    private const string TraceFolder = "traces";
    private const string StateFolder = ".state";
    private static readonly JsonSerializerOptions Indented = new(MeshJson.Tolerant) { WriteIndented = true };

    /// <summary>What is known of runs and traces between two calls: files of each, removed when the export is whole.</summary>
    public string State => Path.Combine(folder, StateFolder);

    public string Of(string name) => Path.Combine(folder, name);

    public string Log(Guid run) => Path.Combine(folder, LogFolder, $"{run}.txt");

    /// <summary>A file of a trace.</summary>
    public string Trace(string trace, string path) => Path.Combine(folder, TraceFolder, trace, path);

    public string StateOf(Guid run, string extension) => StateOf(run.ToString(), extension);

    public string StateOf(string name, string extension) => Path.Combine(State, $"{name}.{extension}");

    /// <summary>Makes the folders, and takes the mark off that an earlier export is whole.</summary>
    public void Begin()
    {
        Directory.CreateDirectory(State);
        Directory.CreateDirectory(Path.Combine(folder, LogFolder));
        File.Delete(Of(Manifest));
    }

    /// <summary>Removes logs of runs and files of traces that do not belong to the export, and the state.</summary>
    public void End(IReadOnlySet<Guid> runs, IReadOnlySet<string> traces)
    {
        var traceFolder = Path.Combine(folder, TraceFolder);
        foreach (var path in Directory.Exists(traceFolder) ? Directory.EnumerateDirectories(traceFolder) : [])
            if (!traces.Contains(Path.GetFileName(path))) Directory.Delete(path, recursive: true);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, LogFolder), "*.txt"))
            if (Guid.TryParse(Path.GetFileNameWithoutExtension(path), out var run) && !runs.Contains(run)) File.Delete(path);
        Directory.Delete(State, recursive: true);
    }

    public static async Task WriteAsync<T>(string path, T value, CancellationToken ct, bool indented = false) =>
        await ReplaceAsync(path, stream => JsonSerializer.SerializeAsync(stream, value, indented ? Indented : MeshJson.Tolerant, ct));

    public static async Task WriteLinesAsync<T>(string path, IAsyncEnumerable<T> lines, CancellationToken ct) => await ReplaceAsync(path, async stream =>
    {
        await foreach (var line in lines.WithCancellation(ct))
        {
            await JsonSerializer.SerializeAsync(stream, line, MeshJson.Tolerant, ct);
            stream.WriteByte((byte)'\n');
        }
    });

    /// <summary>Writes a file beside its place and moves it there.</summary>
    public static async Task ReplaceAsync(string path, Func<Stream, Task> write)
    {
        var partial = $"{path}.partial";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Options = FileOptions.Asynchronous };
        await using (var stream = new FileStream(partial, options)) await write(stream);
        File.Move(partial, path, overwrite: true);
    }

    public static async Task<T> ReadAsync<T>(string path, CancellationToken ct)
    {
        await using var stream = Read(path);
        return await JsonSerializer.DeserializeAsync<T>(stream, MeshJson.Tolerant, ct) ?? throw new FormatException($"{path} holds nothing.");
    }

    public static async IAsyncEnumerable<T> ReadLinesAsync<T>(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var line in File.ReadLinesAsync(path, ct))
            if (line.Length > 0) yield return JsonSerializer.Deserialize<T>(line, MeshJson.Tolerant) ?? throw new FormatException($"{path} holds an empty line.");
    }

    public async Task<ExportedFile> DescribeAsync(string path, CancellationToken ct)
    {
        await using var stream = Read(path);
        var name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
        return new ExportedFile(name, stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct)));
    }

    private static FileStream Read(string path) => new(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
}
