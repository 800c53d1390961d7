using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Serving;
using Mesh.Hosting;
using Mesh.Testing;

namespace Mesh.Serving.Tests;

/// <summary>The serving and artifacts services on real PostgreSQL, a recording monitoring service, and a project with models to serve.</summary>
public sealed class ServedProject : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new() { ["Serving:ReconcileSeconds"] = "1", ["Serving:CaptureLingerMilliseconds"] = "20", ["Serving:TrafficSeconds"] = "0.2" };
    private string _database = "";
    private string _folder = "";

    public ServiceHost Host { get; private set; } = null!;

    public RecordingMonitoring Monitoring { get; } = new();

    public HttpClient Ada => Host.ClientFor("ada", Role.Editor, "demo");

    public static ModelSignature LinearSignature { get; } = new([new Column("x", ColumnType.Fp32), new Column("y", ColumnType.Fp32)], [new Column("score", ColumnType.Fp32)]);

    public async ValueTask InitializeAsync()
    {
        _database = $"test_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        _folder = Directory.CreateTempSubdirectory("mesh-serving-").FullName;
        await Monitoring.StartAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Monitoring.DisposeAsync();
        await ServiceHost.DropAsync(await PostgresFixture.ServerConnectionStringAsync(), _database);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Starts the services again on what the ones before left.</summary>
    public async Task RestartAsync()
    {
        await Host.DisposeAsync();
        await StartAsync();
    }

    /// <summary>A second replica of serving on the same database and folder; its artifacts are those of the first, unless told otherwise.</summary>
    public async Task<ServiceHost> ReplicaAsync(string? artifacts = null) => await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new ServingService()], _database, _folder, _settings,
        new Dictionary<string, string> { ["monitoring"] = Monitoring.Address, ["artifacts"] = artifacts ?? Host.Address.ToString() }, daemon: DaemonLeadership.HotCold);

    /// <summary>Registers <c>score = a·x + b·y + c</c> as the next version of a model.</summary>
    public Task<int> RegisterAsync(string model, float a, float b, float c) => RegisterAsync(model, OnnxFile.Linear(a, b, c), "onnx", LinearSignature);

    public async Task<int> RegisterAsync(string model, byte[] file, string framework, ModelSignature signature)
    {
        var ada = Ada;
        var digest = Convert.ToHexStringLower(SHA256.HashData(file));
        (await ada.PutAsync($"/api/v1/projects/demo/blobs/{digest}", new ByteArrayContent(file))).EnsureSuccessStatusCode();
        var artifact = await PostAsync<ArtifactVersion>(ada, "/api/v1/projects/demo/artifacts", new CreateArtifactVersion($"models/{model}", digest, ArtifactKind.Model));
        var version = await PostAsync<ModelVersion>(
            ada, $"/api/v1/projects/demo/models/{model}/versions", new RegisterModelVersion(artifact.Key, artifact.Version, framework, signature));
        return version.Version;
    }

    public async Task MoveAliasAsync(string model, int version, string alias = "champion") =>
        (await Ada.PutAsJsonAsync($"/api/v1/projects/demo/models/{model}/aliases/{alias}", new MoveAlias(version), MeshJson.Strict)).EnsureSuccessStatusCode();

    /// <summary>Deploys and waits until a version serves.</summary>
    public async Task DeployAsync(string endpoint, string model, bool capture = true)
    {
        (await Ada.PutAsJsonAsync($"/api/v1/projects/demo/endpoints/{endpoint}", new DeployEndpoint(model, CapturePredictions: capture), MeshJson.Strict)).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await EndpointAsync(endpoint)).Status.ShouldBe(EndpointStatus.Ready));
    }

    public async Task<EndpointInfo> EndpointAsync(string endpoint) =>
        (await Ada.GetFromJsonAsync<EndpointInfo>($"/api/v1/projects/demo/endpoints/{endpoint}", MeshJson.Tolerant))!;

    public static StringContent Json(string json) => new(json, System.Text.Encoding.UTF8, "application/json");

    /// <summary>An infer request for one row of a linear model.</summary>
    public static StringContent Row(float x, float y) => Json(
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[{{x}},{{y}}]}]}"""));

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response) => await response.Content.ReadFromJsonAsync<JsonElement>();

    private static async Task<T> PostAsync<T>(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body, MeshJson.Strict);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<T>(MeshJson.Tolerant))!;
    }

    private async Task StartAsync() => Host = await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService(), new ServingService()], _database, _folder, _settings,
        new Dictionary<string, string> { ["monitoring"] = Monitoring.Address });
}
