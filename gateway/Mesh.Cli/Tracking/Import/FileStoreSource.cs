using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Mesh.Cli.Tracking.Import;

/// <summary>
/// A folder of MLflow's file store: <c>{experiment}/meta.yaml</c>, <c>{experiment}/{run}/meta.yaml</c>, and in a run's folder a file per param, tag and metric
/// (lines of <c>time value step</c>), <c>inputs</c>, <c>outputs</c> and <c>artifacts</c>; logged models are in <c>{experiment}/models/{model}</c>.
/// </summary>
internal sealed class FileStoreSource(string folder) : IRunSource, IModelSource
{
    private static readonly EnumerationOptions AllFiles = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
    private static readonly IDeserializer Yaml = new DeserializerBuilder().Build();
    private static readonly string[] Statuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

    // A file store from Windows may hold the other slash in its keys; the protocol's is this one.
    private const char Slash = '/';

    // Where the store keeps deleted experiments.
    private const string Trash = ".trash";

    private readonly Dictionary<string, string> _runs = [];

    /// <summary>Whether a folder is one.</summary>
    public static bool IsOne(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateDirectories(folder).Any(experiment => File.Exists(Path.Combine(experiment, "meta.yaml")));

    public async Task<IReadOnlyList<SourceExperiment>> ExperimentsAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        var found = new List<SourceExperiment>();
        foreach (var path in Folders(folder).Concat(Folders(Path.Combine(folder, Trash))))
        {
            if (await MetaAsync(path, ct) is not { } meta || meta.GetValueOrDefault("name") is not { } name) continue;
            var id = Path.GetRelativePath(folder, path);
            var isDeleted = IsDeleted(meta) || id.StartsWith(Trash, StringComparison.Ordinal);
            found.Add(new SourceExperiment(id, name, await ValuesAsync(Path.Combine(path, "tags"), ct), isDeleted));
        }

        if (names.FirstOrDefault(name => found.All(experiment => experiment.Name != name)) is { } missing)
            throw new UsageException($"There is no experiment '{missing}' in {folder}.");
        return names.Count == 0 ? found : [.. found.Where(experiment => names.Contains(experiment.Name))];
    }

    public async IAsyncEnumerable<SourceRun> RunsAsync(SourceExperiment experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        var path = Path.Combine(folder, experiment.Id);
        var begun = new List<(long Start, string Path, Dictionary<string, string> Meta)>();
        foreach (var run in Directory.EnumerateDirectories(path))
        {
            if (await MetaAsync(run, ct) is { } meta && (meta.ContainsKey("run_id") || meta.ContainsKey("run_uuid")))
                begun.Add((Integer(meta, "start_time") ?? 0, run, meta));
        }

        foreach (var (_, run, meta) in begun.OrderBy(run => run.Start).ThenBy(run => run.Path, StringComparer.Ordinal))
            yield return await ReadAsync(path, run, meta, ct);
    }

    public async Task<IReadOnlyList<SourcePoint>> HistoryAsync(SourceRun run, string metric, CancellationToken ct)
    {
        var points = new List<SourcePoint>();
        await foreach (var line in File.ReadLinesAsync(Path.Combine(_runs[run.Id], "metrics", metric), ct))
        {
            if (line.Length == 0) continue;
            // Old stores have no steps.
            if (line.Split(' ') is not [var time, var value, .. var rest]) throw new FormatException($"'{line}' is no point of metric {metric} of run {run.Id}.");
            var step = rest.Length == 0 ? 0 : long.Parse(rest[0], CultureInfo.InvariantCulture);
            points.Add(new SourcePoint(step, long.Parse(time, CultureInfo.InvariantCulture), MlflowWords.Number(value)));
        }

        return points;
    }

    public IAsyncEnumerable<SourceFile> FilesAsync(SourceRun run, CancellationToken ct) => FilesAsync(Path.Combine(_runs[run.Id], "artifacts"), ct);

    private static async IAsyncEnumerable<SourceFile> FilesAsync(string root, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        if (!Directory.Exists(root)) yield break;
        foreach (var path in Directory.EnumerateFiles(root, "*", AllFiles).Order(StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            yield return new SourceFile(Key(root, path), new FileInfo(path).Length);
        }
    }

    public Task<Stream> OpenAsync(SourceRun run, SourceFile file, CancellationToken ct) => Open(Path.Combine(_runs[run.Id], "artifacts", file.Path));

    private static Task<Stream> Open(string path) =>
        Task.FromResult<Stream>(new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan }));

    public async IAsyncEnumerable<SourceModel> ModelsAsync(SourceExperiment experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var path in Folders(Path.Combine(folder, experiment.Id, "models")))
        {
            if (await MetaAsync(path, ct) is not { } meta || meta.GetValueOrDefault("model_id") is not { } id || IsDeleted(meta)) continue;
            var status = Integer(meta, "status") switch { 2 => "LOGGED_MODEL_READY", 3 => "LOGGED_MODEL_UPLOAD_FAILED", _ => "LOGGED_MODEL_PENDING" };
            yield return new SourceModel(
                id, meta.GetValueOrDefault("name") ?? id, Blank(meta.GetValueOrDefault("model_type")), Blank(meta.GetValueOrDefault("source_run_id")), status, path,
                await ValuesAsync(Path.Combine(path, "params"), ct), await ValuesAsync(Path.Combine(path, "tags"), ct));
        }
    }

    public IAsyncEnumerable<SourceFile>? Files(SourceModel model, CancellationToken ct) => FilesAsync(Path.Combine(model.Location, "artifacts"), ct);

    public Task<Stream> OpenAsync(SourceModel model, SourceFile file, CancellationToken ct) => Open(Path.Combine(model.Location, "artifacts", file.Path));

    private async Task<SourceRun> ReadAsync(string experiment, string path, Dictionary<string, string> meta, CancellationToken ct)
    {
        var id = meta.GetValueOrDefault("run_id") ?? meta["run_uuid"];
        _runs[id] = path;
        var metrics = Path.Combine(path, "metrics");
        string[] files = Directory.Exists(metrics) ? [.. Directory.EnumerateFiles(metrics, "*", AllFiles).Order(StringComparer.Ordinal)] : [];
        var location = meta.GetValueOrDefault("artifact_uri") ?? "";
        var elsewhere = location.Contains("://", StringComparison.Ordinal)
            && !location.StartsWith("file:", StringComparison.Ordinal) && !Directory.Exists(Path.Combine(path, "artifacts"));
        var run = new SourceRun(
            id, Blank(meta.GetValueOrDefault("run_name")), Blank(meta.GetValueOrDefault("user_id")), StatusOf(meta), Integer(meta, "start_time") ?? 0,
            Integer(meta, "end_time"),
            await ValuesAsync(Path.Combine(path, "params"), ct), await ValuesAsync(Path.Combine(path, "tags"), ct), [.. files.Select(file => Key(metrics, file))],
            await DatasetsAsync(experiment, path, ct), "", elsewhere ? [("files", $"they are at {location}, not in the folder")] : [],
            IsDeleted(meta))
        {
            Outputs = await OutputsAsync(path, ct),
        };
        var state = string.Join('\n', files.Select(file => $"{file} {new FileInfo(file).Length}")) + JsonSerializer.Serialize(run);
        return run with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state)))[..32] };
    }

    // A run names the data sets of its experiment that it read.
    private static async Task<JsonArray> DatasetsAsync(string experiment, string run, CancellationToken ct)
    {
        var datasets = new JsonArray();
        var inputs = Path.Combine(run, "inputs");
        if (!Directory.Exists(inputs)) return datasets;
        foreach (var path in Directory.EnumerateDirectories(inputs).Order(StringComparer.Ordinal))
        {
            if (await MetaAsync(path, ct) is not { } input || input.GetValueOrDefault("source_type") != "DATASET") continue;
            if (input.GetValueOrDefault("source_id") is not { } id) continue;
            if (await MetaAsync(Path.Combine(experiment, "datasets", Path.GetFileName(id)), ct) is not { } dataset) continue;
            var tags = input.Where(field => field.Key.StartsWith("tags.", StringComparison.Ordinal))
                .Select(field => KeyValuePair.Create(field.Key["tags.".Length..], field.Value));
            var described = new JsonObject();
            foreach (var field in (string[])["name", "digest", "source_type", "source", "schema", "profile"])
                if (dataset.GetValueOrDefault(field) is { Length: > 0 } value) described[field] = value;
            datasets.Add(new JsonObject { ["tags"] = MlflowWords.Pairs(tags), ["dataset"] = described });
        }

        return datasets;
    }

    // A folder for each model, with the step in it.
    private static async Task<List<SourceOutput>> OutputsAsync(string run, CancellationToken ct)
    {
        var outputs = new List<SourceOutput>();
        foreach (var path in Folders(Path.Combine(run, "outputs")))
            if (await MetaAsync(path, ct) is { } output) outputs.Add(new SourceOutput(output.GetValueOrDefault("destination_id") ?? Path.GetFileName(path), Integer(output, "step") ?? 0));
        return outputs;
    }

    // Fields of one level; a field that is a map itself gives one entry per key, behind a dot.
    private static async Task<Dictionary<string, string>?> MetaAsync(string path, CancellationToken ct)
    {
        var file = Path.Combine(path, "meta.yaml");
        if (!File.Exists(file)) return null;
        try
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in Yaml.Deserialize<Dictionary<string, object?>?>(await File.ReadAllTextAsync(file, ct)) ?? [])
            {
                if (value is string text) fields[name] = text;
                else if (value is Dictionary<object, object> map) foreach (var (key, inner) in map) fields[$"{name}.{key}"] = inner?.ToString() ?? "";
            }

            return fields;
        }
        catch (YamlException e)
        {
            throw new FormatException($"{file} is no YAML: {e.Message}", e);
        }
    }

    private static async Task<Dictionary<string, string>> ValuesAsync(string root, CancellationToken ct)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!Directory.Exists(root)) return values;
        foreach (var path in Directory.EnumerateFiles(root, "*", AllFiles).Order(StringComparer.Ordinal))
            values[Key(root, path)] = await File.ReadAllTextAsync(path, ct);
        return values;
    }

    private static IEnumerable<string> Folders(string root) =>
        Directory.Exists(root) ? Directory.EnumerateDirectories(root).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal) : [];

    private static string Key(string root, string path) => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, Slash);

    private static bool IsDeleted(Dictionary<string, string> meta) => meta.GetValueOrDefault("lifecycle_stage") == "deleted";

    // The store writes a number; a word is read as well.
    private static string StatusOf(Dictionary<string, string> meta)
    {
        if (Integer(meta, "status") is >= 1 and <= 5 and var number) return Statuses[number - 1];
        return meta.GetValueOrDefault("status") is { } word && Statuses.Contains(word) ? word : "RUNNING";
    }

    private static string? Blank(string? text) => text is null or "" or "null" ? null : text;

    private static long? Integer(Dictionary<string, string> meta, string name) =>
        long.TryParse(meta.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
