using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Projects.Tests;

/// <summary>The projects service on real PostgreSQL, with a stand-in for the services that it asks.</summary>
public sealed class ProjectsHost : IAsyncLifetime
{
    private static int _names;
    private KeeperStub? _keepers;
    private ServiceHost? _host;
    private string? _postgres;

    public ServiceHost Host => _host!;

    /// <summary>Secret of the first administrator's token.</summary>
    public string AdminSecret => File.ReadAllText(Path.Combine(Host.Options.DataPath, "admin.token")).Trim();

    internal KeeperStub Keepers => _keepers!;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresFixture.ServerConnectionStringAsync();
        _keepers = await KeeperStub.StartAsync();
        var services = Mesh.Projects.Projects.ProjectUsages.Keepers.ToDictionary(name => name, _ => _keepers.Address);
        _host = await ServiceHost.StartAsync(
            _postgres, [new ProjectsService()], services: services, settings: new Dictionary<string, string?> { ["Mesh:PurgeAfterSeconds"] = "0" });
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
            await ServiceHost.DropAsync(_postgres!, _host.Options.Database!);
        }

        if (_keepers is not null) await _keepers.DisposeAsync();
    }

    /// <summary>A name that no other test uses.</summary>
    public static string NewName(string prefix = "project") => $"{prefix}-{Interlocked.Increment(ref _names)}";

    /// <summary>Creates a project as the user and returns its name.</summary>
    public async Task<string> CreateAsync(string user = "ada")
    {
        var name = NewName();
        (await As(user).PostAsJsonAsync("/api/v1/projects", new CreateProject(name), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Created);
        return name;
    }

    /// <summary>A client with a user's identity outside of any project.</summary>
    public HttpClient As(string user, Role cap = Role.Owner, Guid? tokenId = null, bool admin = false)
    {
        var client = Host.Anonymous();
        client.DefaultRequestHeaders.Add(
            IdentityTokens.Header, Host.Service<IdentityTokens>().Issue(new Caller(user, CallerKind.User, cap, null, admin, tokenId)));
        return client;
    }

    public static async Task<string> CodeOf(HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, body);
        return JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()!;
    }

    public static async Task<T> Read<T>(HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, body);
        return JsonSerializer.Deserialize<T>(body, MeshJson.Tolerant)!;
    }
}
