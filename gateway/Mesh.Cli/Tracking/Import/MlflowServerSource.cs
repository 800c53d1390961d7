using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>A live server of the MLflow protocol.</summary>
internal sealed class MlflowServerSource(MlflowProtocol server) : IRunSource, IModelSource, ITraceSource
{
    private const int PageSize = 1000;
    private const int ModelPageSize = 100;
    private const int TracePageSize = 100;
    private readonly Dictionary<string, string> _uris = [];

    public async Task<IReadOnlyList<SourceExperiment>> ExperimentsAsync(IReadOnlyList<string> names, CancellationToken ct)
    {
        var found = new List<SourceExperiment>();
        await foreach (var page in PagesAsync("experiments/search", () => new JsonObject { ["max_results"] = PageSize, ["view_type"] = "ALL" }, ct))
            foreach (var item in page.Items("experiments"))
                found.Add(new SourceExperiment(item.Text("experiment_id")!, item.Text("name")!, item.Pairs("tags"), item.Text("lifecycle_stage") == "deleted"));
        if (names.FirstOrDefault(name => found.All(experiment => experiment.Name != name)) is { } missing)
            throw new UsageException($"There is no experiment '{missing}' at {server.Server}.");
        return names.Count == 0 ? found : [.. found.Where(experiment => names.Contains(experiment.Name))];
    }

    public async IAsyncEnumerable<SourceRun> RunsAsync(SourceExperiment experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        JsonObject Body() => new()
        {
            ["experiment_ids"] = new JsonArray(experiment.Id),
            ["max_results"] = PageSize,
            ["run_view_type"] = "ALL",
            ["order_by"] = new JsonArray("attributes.start_time ASC"),
        };
        await foreach (var page in PagesAsync("runs/search", Body, ct))
            foreach (var item in page.Items("runs")) yield return Read(item);
    }

    public async Task<IReadOnlyList<SourcePoint>> HistoryAsync(SourceRun run, string metric, CancellationToken ct) =>
        await ReadHistoryAsync(server, run.Id, metric, ct);

    public async IAsyncEnumerable<SourceFile> FilesAsync(SourceRun run, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var file in ListFilesAsync(server, run.Id, ct)) yield return file;
    }

    public async IAsyncEnumerable<SourceModel> ModelsAsync(SourceExperiment experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var model in ListModelsAsync(server, experiment.Id, ct))
        {
            var (info, data) = (model.Part("info"), model.Part("data"));
            yield return new SourceModel(
                info.Text("model_id")!, info.Text("name")!, info.Text("model_type"), info.Text("source_run_id"), info.Text("status") ?? "LOGGED_MODEL_PENDING",
                info.Text("artifact_uri") ?? "", data.Pairs("params"), info.Pairs("tags"));
        }
    }

    public IAsyncEnumerable<SourceFile>? Files(SourceModel model, CancellationToken ct) =>
        FolderOf(model.Location) is { } folder ? server.ListFilesAsync(folder, ct) : null;

    public Task<Stream> OpenAsync(SourceModel model, SourceFile file, CancellationToken ct) => server.DownloadAsync($"{FolderOf(model.Location)}/{file.Path}", ct);

    public Task<Stream> OpenAsync(SourceRun run, SourceFile file, CancellationToken ct) =>
        FolderOf(_uris[run.Id]) is { } folder ? server.DownloadAsync($"{folder}/{file.Path}", ct) : server.DownloadAsync(run.Id, file.Path, ct);

    public IAsyncEnumerable<JsonElement> TracesAsync(SourceExperiment experiment, CancellationToken ct) => ListTracesAsync(server, experiment.Id, ct);

    public async Task<IReadOnlyList<JsonElement>> SpansAsync(string trace, CancellationToken ct) =>
        [.. (await server.TracesAsync(HttpMethod.Get, $"traces/get?trace_id={Uri.EscapeDataString(trace)}", null, ct)).Part("trace").Items("spans")];

    public IAsyncEnumerable<SourceFile>? TraceFiles(string location, CancellationToken ct) => FolderOf(location) is { } folder ? server.ListFilesAsync(folder, ct) : null;

    public Task<Stream> OpenAsync(string location, SourceFile file, CancellationToken ct) => server.DownloadAsync($"{FolderOf(location)}/{file.Path}", ct);

    /// <summary>
    /// The folder of an address among the files that a server keeps itself; null when they are elsewhere. The address may name the server:
    /// <c>mlflow-artifacts://host/1/id/artifacts</c>.
    /// </summary>
    internal static string? FolderOf(string uri)
    {
        if (!uri.StartsWith(MlflowWords.Root, StringComparison.Ordinal)) return null;
        var path = uri[(MlflowWords.Root.Length - 1)..];
        if (path.StartsWith("//", StringComparison.Ordinal)) path = path.IndexOf('/', 2) is > 0 and var end ? path[end..] : "";
        return path.Trim('/');
    }

    /// <summary>All points of a metric of a run; servers that know pages give one after the other.</summary>
    public static async Task<List<SourcePoint>> ReadHistoryAsync(MlflowProtocol server, string run, string metric, CancellationToken ct)
    {
        var points = new List<SourcePoint>();
        string? token = null;
        do
        {
            var page = await server.GetAsync("metrics/get-history", ct, ("run_id", run), ("metric_key", metric), ("page_token", token));
            foreach (var item in page.Items("metrics"))
                points.Add(new SourcePoint(item.Integer("step") ?? 0, item.Integer("timestamp") ?? 0, MlflowWords.Number(item.Text("value"))));
            token = page.Text("next_page_token");
        }
        while (token is { Length: > 0 });
        return points;
    }

    /// <summary>The files of a run, folder by folder.</summary>
    public static async IAsyncEnumerable<SourceFile> ListFilesAsync(MlflowProtocol server, string run, [EnumeratorCancellation] CancellationToken ct)
    {
        var folders = new Queue<string?>([null]);
        while (folders.TryDequeue(out var folder))
        {
            string? token = null;
            do
            {
                var page = await server.GetAsync("artifacts/list", ct, ("run_id", run), ("path", folder), ("page_token", token));
                foreach (var item in page.Items("files"))
                {
                    if (item.Part("is_dir").ValueKind == JsonValueKind.True) folders.Enqueue(item.Text("path"));
                    else yield return new SourceFile(item.Text("path")!, item.Integer("file_size") ?? 0);
                }

                token = page.Text("next_page_token");
            }
            while (token is { Length: > 0 });
        }
    }

    /// <summary>All logged models of an experiment of a server; none where it does not know them.</summary>
    public static async IAsyncEnumerable<JsonElement> ListModelsAsync(MlflowProtocol server, string experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        string? token = null;
        do
        {
            var body = new JsonObject { ["experiment_ids"] = new JsonArray(experiment), ["max_results"] = ModelPageSize };
            if (token is not null) body["page_token"] = token;
            JsonElement page;
            try
            {
                page = await server.PostAsync("logged-models/search", body, ct);
            }
            catch (MlflowException e) when (!e.IsOutage && !e.IsAccess && token is null)
            {
                // A server of 2.x has no such call.
                yield break;
            }

            foreach (var model in page.Items("models")) yield return model;
            token = page.Text("next_page_token");
        }
        while (token is { Length: > 0 });
    }

    /// <summary>All traces of an experiment of a server; none where it does not know the calls of 3.x.</summary>
    public static async IAsyncEnumerable<JsonElement> ListTracesAsync(MlflowProtocol server, string experiment, [EnumeratorCancellation] CancellationToken ct)
    {
        string? token = null;
        do
        {
            var body = new JsonObject { ["locations"] = new JsonArray(PlaceOf(experiment)), ["max_results"] = TracePageSize };
            if (token is not null) body["page_token"] = token;
            JsonElement page;
            try
            {
                page = await server.TracesAsync(HttpMethod.Post, "traces/search", body, ct);
            }
            catch (MlflowException e) when (!e.IsOutage && !e.IsAccess && token is null)
            {
                yield break;
            }

            foreach (var trace in page.Items("traces")) yield return trace;
            token = page.Text("next_page_token");
        }
        while (token is { Length: > 0 });
    }

    /// <summary>An experiment as the place of a trace.</summary>
    public static JsonObject PlaceOf(string experiment) =>
        new() { ["type"] = "MLFLOW_EXPERIMENT", ["mlflow_experiment"] = new JsonObject { ["experiment_id"] = experiment } };

    /// <summary>All pages of a search.</summary>
    public static async IAsyncEnumerable<JsonElement> PagesAsync(
        MlflowProtocol server, string call, Func<JsonObject> body, [EnumeratorCancellation] CancellationToken ct)
    {
        string? token = null;
        do
        {
            var asked = body();
            if (token is not null) asked["page_token"] = token;
            var page = await server.PostAsync(call, asked, ct);
            yield return page;
            token = page.Text("next_page_token");
        }
        while (token is { Length: > 0 });
    }

    private IAsyncEnumerable<JsonElement> PagesAsync(string call, Func<JsonObject> body, CancellationToken ct) => PagesAsync(server, call, body, ct);

    private SourceRun Read(JsonElement run)
    {
        var (info, data) = (run.Part("info"), run.Part("data"));
        var id = info.Text("run_id") ?? info.Text("run_uuid")!;
        _uris[id] = info.Text("artifact_uri") ?? "";
        var datasets = new JsonArray([.. run.Part("inputs").Items("dataset_inputs").Select(item => JsonNode.Parse(item.GetRawText()))]);
        var outputs = run.Part("outputs").Items("model_outputs").Select(output => new SourceOutput(output.Text("model_id") ?? "", output.Integer("step") ?? 0)).ToList();
        return new SourceRun(
            id, info.Text("run_name"), info.Text("user_id"), info.Text("status") ?? "RUNNING", info.Integer("start_time") ?? 0, info.Integer("end_time"),
            data.Pairs("params"), data.Pairs("tags"), [.. data.Items("metrics").Select(metric => metric.Text("key")!)], datasets,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run.GetRawText())))[..32], [],
            info.Text("lifecycle_stage") == "deleted")
        {
            Outputs = outputs,
        };
    }
}
