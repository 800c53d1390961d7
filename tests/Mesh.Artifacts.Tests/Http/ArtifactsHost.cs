using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Mesh.Testing;

[assembly: AssemblyFixture(typeof(ArtifactsHost))]

namespace Mesh.Artifacts.Tests.Http;

/// <summary>The artifacts service on real PostgreSQL. Blobs are limited to 300 MiB here.</summary>
public sealed class ArtifactsHost : IAsyncLifetime
{
    public const long MaxBlobBytes = 300L << 20;

    public ServiceHost Host { get; private set; } = null!;

    public string Blobs => Path.Combine(Host.Options.DataPath, "blobs");

    public async ValueTask InitializeAsync() => Host = await ServiceHost.StartAsync(
        await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService()],
        settings: new Dictionary<string, string?> { ["Artifacts:MaxBlobBytes"] = MaxBlobBytes.ToString(System.Globalization.CultureInfo.InvariantCulture) });

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await ServiceHost.DropAsync(Host.Options.Postgres, Host.Options.Database!);
    }

    /// <summary>A project that no other test knows.</summary>
    internal TestProject NewProject() => new(Host, $"p-{Guid.CreateVersion7():N}");

    /// <summary>Files that uploads in flight have at this moment.</summary>
    public int Staged() => Directory.GetFiles(Path.Combine(Blobs, "staging")).Length;

    /// <summary>Runs a statement on the service's tables.</summary>
    internal async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The blobs of a project that something refers to.</summary>
    internal async Task<IReadOnlyList<string>> RootsOfAsync(string project)
    {
        var roots = string.Join(" union all ", Host.Service<IEnumerable<BlobRoots>>().Select(root => $"({root.Sql})"));
        await using var command = Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand($"select distinct digest from ({roots}) r where project = $1");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = project });
        var found = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        return found;
    }

    public string FileOf(string digest) => Path.Combine(Blobs, digest[..2], digest);
}

/// <summary>A project and its editor.</summary>
internal sealed class TestProject(ServiceHost host, string name)
{
    public string Name { get; } = name;

    public string Root { get; } = $"/api/v1/projects/{name}";

    public HttpClient Ada { get; } = host.ClientFor("ada", Role.Editor, name);

    public HttpClient Viewer { get; } = host.ClientFor("vera", Role.Viewer, name);

    public static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public Task<HttpResponseMessage> Get(string path) => Ada.GetAsync(Root + path);

    public async Task<T> Get<T>(string path) => await Read<T>(await Get(path));

    public Task<HttpResponseMessage> Post<T>(string path, T body, string? idempotencyKey = null) => Send(HttpMethod.Post, path, JsonContent.Create(body, options: MeshJson.Strict), idempotencyKey);

    public Task<HttpResponseMessage> Put<T>(string path, T body) => Send(HttpMethod.Put, path, JsonContent.Create(body, options: MeshJson.Strict));

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? content = null, string? idempotencyKey = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, Root + path) { Content = content };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Ada.SendAsync(request);
    }

    public async Task<string> PutBlob(byte[] bytes)
    {
        var digest = DigestOf(bytes);
        (await Send(HttpMethod.Put, $"/blobs/{digest}", new ByteArrayContent(bytes))).IsSuccessStatusCode.ShouldBeTrue();
        return digest;
    }

    public async Task<ArtifactVersion> Log(string key, ArtifactKind kind = ArtifactKind.File, string content = "content", Guid? runId = null, Dictionary<string, string>? labels = null) =>
        await Read<ArtifactVersion>(
            await Post("/artifacts", new CreateArtifactVersion(key, await PutBlob(Encoding.UTF8.GetBytes(content)), kind, RunId: runId, Labels: labels)), HttpStatusCode.Created);

    public static RegisterModelVersion Registration(string artifact = "model", int version = 1) => new(
        artifact, version, "pytorch", new ModelSignature([new("x", ColumnType.Fp32)], [new("y", ColumnType.Fp32, [2])]),
        new TrainingStatistics(3, [new("x", 3, 0, 1.5, 0.1, 1, 2, [1.5], [1, 2])]), Metrics: new() { ["auc"] = 0.9 }, Tags: new() { ["team"] = "red" }, Description: "first");

    public async Task<ModelVersion> Register(string model, string content = "weights")
    {
        var artifact = await Log("model", ArtifactKind.Model, content);
        return await Read<ModelVersion>(await Post($"/models/{model}/versions", Registration(version: artifact.Version)), HttpStatusCode.Created);
    }

    public static async Task<T> Read<T>(HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        response.StatusCode.ShouldBe(status, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<T>(MeshJson.Tolerant))!;
    }

    public static async Task<Problem> Refused(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = System.Text.Json.JsonSerializer.Deserialize<Problem>(text, MeshJson.Tolerant)!;
        problem.Code.ShouldBe(code, text);
        problem.Detail.ShouldNotBeNullOrEmpty();
        return problem;
    }
}
