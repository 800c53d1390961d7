using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Artifacts;
using Mesh.Cli.Tracking.Import;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Testing;
using Mesh.Tracking;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>The services that keep runs and files, on real PostgreSQL. Each test works in projects of its own.</summary>
public sealed class TrackingMesh : IAsyncLifetime
{
    private ServiceHost? _host;
    private string? _server;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresFixture.ServerConnectionStringAsync();
        _host = await ServiceHost.StartAsync(_server, [new TrackingService(), new ArtifactsService()]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_server!, _host.Options.Database!);
    }

    /// <summary>A project that no other test knows.</summary>
    internal TestProject NewProject()
    {
        var name = $"p-{Guid.CreateVersion7():N}";
        var http = _host!.ClientFor("ada", Role.Editor, name);
        return new TestProject(
            name, new MeshClient(new MeshClientOptions { Api = _host.Address, Project = name }, http).Project(),
            new MlflowProtocol(new Uri(_host.Address, $"/mlflow/{name}"), null, http));
    }
}

/// <summary>A project by its two interfaces.</summary>
internal sealed record TestProject(string Name, ProjectClient Client, MlflowProtocol Mlflow)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async Task<string> ExperimentAsync(string name) => (await Mlflow.PostAsync("experiments/create", new JsonObject { ["name"] = name }, Ct)).Text("experiment_id")!;

    public async Task<string> RunAsync(string experiment, string name, params (string Key, string Value)[] tags) => (await Mlflow.PostAsync("runs/create", new JsonObject
    {
        ["experiment_id"] = experiment,
        ["run_name"] = name,
        ["user_id"] = "grace",
        ["start_time"] = 1_700_000_000_000,
        ["tags"] = MlflowWords.Pairs(tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value))),
    }, Ct)).Part("run").Part("info").Text("run_id")!;

    /// <summary>Logs <paramref name="count"/> points of a metric.</summary>
    public async Task PointsAsync(string run, string metric, int count, int from = 0)
    {
        foreach (var part in Enumerable.Range(from, count).Chunk(1000))
        {
            var points = part.Select(step => (JsonNode)new JsonObject { ["key"] = metric, ["value"] = 1.0 / (step + 1), ["timestamp"] = 1_700_000_000_000 + step, ["step"] = step });
            await Mlflow.PostAsync("runs/log-batch", new JsonObject { ["run_id"] = run, ["metrics"] = new JsonArray([.. points]) }, Ct);
        }
    }

    public Task ParamsAsync(string run, params (string Key, string Value)[] values) => Mlflow.PostAsync("runs/log-batch", new JsonObject
    {
        ["run_id"] = run,
        ["params"] = MlflowWords.Pairs(values.Select(value => KeyValuePair.Create(value.Key, value.Value))),
    }, Ct);

    public Task DatasetAsync(string run, string name) => Mlflow.PostAsync("runs/log-inputs", new JsonObject
    {
        ["run_id"] = run,
        ["datasets"] = new JsonArray(new JsonObject
        {
            ["tags"] = new JsonArray(new JsonObject { ["key"] = "mlflow.data.context", ["value"] = "training" }),
            ["dataset"] = new JsonObject { ["name"] = name, ["digest"] = "abc", ["source_type"] = "local", ["source"] = "{\"uri\":\"/data\"}", ["schema"] = "{}" },
        }),
    }, Ct);

    public async Task FileAsync(string run, string path, byte[] content)
    {
        var uri = (await Mlflow.GetAsync("runs/get", Ct, ("run_id", run))).Part("run").Part("info").Text("artifact_uri")!;
        using var stream = new MemoryStream(content);
        await Mlflow.UploadAsync($"{uri[MlflowWords.Root.Length..].Trim('/')}/{path}", stream, content.Length, Ct);
    }

    public Task EndAsync(string run, string status) => Mlflow.PostAsync("runs/update", new JsonObject { ["run_id"] = run, ["status"] = status, ["end_time"] = 1_700_000_600_000 }, Ct);

    /// <summary>The runs of an experiment, deleted ones too, by name.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> RunsAsync(string experiment)
    {
        var id = (await Mlflow.GetAsync("experiments/get-by-name", Ct, ("experiment_name", experiment))).Part("experiment").Text("experiment_id")!;
        var page = await Mlflow.PostAsync("runs/search", new JsonObject { ["experiment_ids"] = new JsonArray(id), ["run_view_type"] = "ALL" }, Ct);
        return page.Items("runs").ToDictionary(run => run.Part("info").Text("run_name")!);
    }

    public Task<List<SourcePoint>> HistoryAsync(JsonElement run, string metric) => MlflowServerSource.ReadHistoryAsync(Mlflow, Id(run), metric, Ct);

    public async Task<IReadOnlyList<SourceFile>> FilesAsync(JsonElement run)
    {
        var files = new List<SourceFile>();
        await foreach (var file in MlflowServerSource.ListFilesAsync(Mlflow, Id(run), Ct)) files.Add(file);
        return files;
    }

    /// <summary>Imports everything, or the experiments of these names.</summary>
    public Task<ImportSummary> ImportAsync(IRunSource source, bool dryRun = false, params string[] experiments) => new RunImport(source, Mlflow, dryRun, _ => { }).RunAsync(experiments, Ct);

    public static string Id(JsonElement run) => run.Part("info").Text("run_id")!;

    public static string ExperimentOf(JsonElement run) => run.Part("info").Text("experiment_id")!;

    /// <summary>Two traces of a run: one with an assessment and its spans in a file, one whose spans came by OpenTelemetry. The first is returned.</summary>
    public async Task<JsonElement> TracesAsync(string experiment, string run)
    {
        JsonObject Info(string id) => new()
        {
            ["trace_id"] = id,
            ["trace_location"] = MlflowServerSource.PlaceOf(experiment),
            ["request_time"] = "2026-03-01T12:00:00.000Z",
            ["execution_duration"] = "1.5s",
            ["state"] = "OK",
            ["request_preview"] = "why?",
            ["trace_metadata"] = new JsonObject { ["mlflow.sourceRun"] = run },
            ["tags"] = new JsonObject { ["team"] = "red" },
            ["assessments"] = new JsonArray(new JsonObject
            {
                ["assessment_id"] = "a-1",
                ["assessment_name"] = "quality",
                ["feedback"] = new JsonObject { ["value"] = 4 },
                ["source"] = new JsonObject { ["source_type"] = "HUMAN", ["source_id"] = "ada" },
            }),
        };
        async Task<JsonElement> StartAsync(string id) =>
            (await Mlflow.TracesAsync(HttpMethod.Post, "traces", new JsonObject { ["trace"] = new JsonObject { ["trace_info"] = Info(id) } }, Ct)).Part("trace").Part("trace_info");
        var filed = await StartAsync("tr-filed");
        using (var content = new MemoryStream([1, 2, 3]))
            await Mlflow.UploadAsync($"{MlflowServerSource.FolderOf(filed.Part("tags").Text("mlflow.artifactLocation")!)}/traces.json", content, 3, Ct);
        var span = JsonNode.Parse("""
            {"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "name": "answer", "kind": 3, "startTimeUnixNano": "1772366400000000000", "endTimeUnixNano": "1772366401000000000",
             "attributes": [{"key": "a_b.c", "value": {"arrayValue": {"values": [{"stringValue": "x"}, {"intValue": "7"}]}}}], "status": {"code": "STATUS_CODE_OK"}}
            """);
        await Mlflow.ExportAsync(experiment, new JsonObject { ["resourceSpans"] = new JsonArray(new JsonObject { ["scopeSpans"] = new JsonArray(new JsonObject { ["spans"] = new JsonArray(span) }) }) }, Ct);
        return filed;
    }

    /// <summary>The spans of the second of <see cref="TracesAsync"/>, as they are read.</summary>
    public async Task<string> SpansAsync() =>
        (await Mlflow.TracesAsync(HttpMethod.Get, "traces/get?trace_id=tr-0102030405060708090a0b0c0d0e0f10", null, TestContext.Current.CancellationToken)).Part("trace").Part("spans").GetRawText();
}
