using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting;
using Mesh.Hosting.Identity;
using Mesh.Projects;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Gateway.Tests;

/// <summary>The gateway before the real projects service on real PostgreSQL, in one of its two shapes.</summary>
public abstract class GatewayFixture : IAsyncLifetime
{
    private static int _names;
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-gateway-").FullName;
    private readonly List<WebApplication> _apps = [];
    private readonly List<HttpClient> _clients = [];
    private string? _postgres;

    internal EchoModule Echo { get; } = new();

    protected string Database { get; } = $"test_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";

    /// <summary>The broker between processes; without one each is its own.</summary>
    protected string? RabbitMq { get; set; }

    /// <summary>Public address.</summary>
    public Uri Gateway { get; private set; } = new("http://127.0.0.1");

    /// <summary>Where the services listen for each other.</summary>
    public Uri Services { get; private set; } = new("http://127.0.0.1");

    public IdentityTokens Identities => _apps[0].Services.GetRequiredService<IdentityTokens>();

    /// <summary>What gives out addresses that need no token.</summary>
    public SignedAddresses Signed => _apps[0].Services.GetRequiredService<SignedAddresses>();

    /// <summary>The same identities as issued a while ago.</summary>
    public IdentityTokens IdentitiesOf(TimeSpan ago) => new(KeyFile.ReadOrCreate(Path.Combine(_folder, "keys"), "identity.key"), new Past(ago));

    public string AdminSecret => File.ReadAllText(Path.Combine(_folder, "data", "admin.token")).Trim();

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresFixture.ServerConnectionStringAsync();
        Gateway = new Uri($"http://127.0.0.1:{ServiceHost.FreePort()}");
        Services = new Uri($"http://127.0.0.1:{ServiceHost.FreePort()}");
        await StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in _clients) client.Dispose();
        foreach (var app in Enumerable.Reverse(_apps))
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        if (_postgres is not null) await ServiceHost.DropAsync(_postgres, Database);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A client with a token, or with none.</summary>
    public HttpClient With(string? secret, Uri? address = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address ?? Gateway };
        if (secret is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        _clients.Add(client);
        return client;
    }

    /// <summary>The platform's administrator.</summary>
    public HttpClient Admin() => With(AdminSecret);

    /// <summary>A token for a user, made by the administrator.</summary>
    public async Task<CreatedToken> TokenOf(string user, Role role = Role.Owner, IReadOnlyList<string>? projects = null) =>
        await Read<CreatedToken>(await Admin().PostAsJsonAsync("/api/v1/tokens", new CreateToken("test", user, role, projects), MeshJson.Strict), HttpStatusCode.Created);

    /// <summary>A project that the administrator owns.</summary>
    public async Task<string> NewProject()
    {
        var name = NewName();
        (await Admin().PostAsJsonAsync("/api/v1/projects", new CreateProject(name), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Created);
        return name;
    }

    /// <summary>A client of a new user with this role in the project.</summary>
    public async Task<HttpClient> Member(string project, Role role)
    {
        var user = NewName();
        (await Admin().PutAsJsonAsync($"/api/v1/projects/{project}/members/{user}", new SetMember(role), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.OK);
        return With((await TokenOf(user)).Secret);
    }

    public static string NewName() => $"name-{Interlocked.Increment(ref _names)}";

    public static async Task<T> Read<T>(HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, body);
        return JsonSerializer.Deserialize<T>(body, MeshJson.Tolerant)!;
    }

    public static async Task<string> CodeOf(HttpResponseMessage response, HttpStatusCode status)
    {
        var problem = await Read<Problem>(response, status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        problem.Status.ShouldBe((int)status);
        problem.Type.ShouldBe($"urn:mesh:error:{problem.Code}");
        problem.Detail.ShouldNotBeNullOrEmpty();
        return problem.Code;
    }

    /// <summary>Where the portal would lie.</summary>
    public string PortalPath => Path.Combine(_folder, "portal");

    protected abstract Task StartAsync();

    /// <summary>Starts the services.</summary>
    /// <param name="listen">Addresses.</param>
    /// <param name="more">More modules.</param>
    /// <param name="front">What comes before the services' pipeline.</param>
    protected async Task StartServicesAsync(string listen, IReadOnlyList<ServiceModule> more, Action<IApplicationBuilder>? front = null)
    {
        var options = Options(listen, []);
        options.Postgres = _postgres!;
        options.Database = Database;
        options.Daemon = DaemonLeadership.Solo;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Mesh:PurgeAfterSeconds"] = "0", ["Mesh:PortalPath"] = PortalPath });
        builder.AddMeshProcess("test", options);
        builder.AddMeshModules(options, [new ProjectsService(), Echo, .. more]);
        var app = builder.Build();
        app.UseMeshModules(front);
        await app.PrepareMeshAsync();
        await app.StartAsync();
        _apps.Add(app);
    }

    /// <summary>Starts a gateway of its own before them.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="addresses">Other addresses of services.</param>
    public async Task<WebApplication> StartGatewayAsync(Uri address, Dictionary<string, string> addresses, Dictionary<string, string?>? settings = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration["Mesh:PortalPath"] = PortalPath;
        var app = GatewayHost.Build(builder, Options(address.ToString(), addresses));
        await app.StartAsync();
        _apps.Add(app);
        return app;
    }

    private sealed class Past(TimeSpan ago) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - ago;
    }

    private MeshOptions Options(string listen, Dictionary<string, string> addresses)
    {
        var options = new MeshOptions { KeyPath = Path.Combine(_folder, "keys"), DataPath = Path.Combine(_folder, "data"), Listen = listen, DrainSeconds = 1, RabbitMq = RabbitMq };
        foreach (var service in (string[])["projects", "tracking", "artifacts", "functions", "serving", "monitoring"])
            options.Services[service] = addresses.GetValueOrDefault(service, Services.ToString());
        return options;
    }
}

/// <summary>The gateway as a process of its own, with the proxy.</summary>
public sealed class ProxyGateway : GatewayFixture
{
    protected override async Task StartAsync()
    {
        await StartServicesAsync(Services.ToString(), []);
        await StartGatewayAsync(Gateway, []);
    }
}

/// <summary>The gateway in the process of the services, on a port of its own.</summary>
public sealed class LaptopGateway : GatewayFixture
{
    protected override Task StartAsync() => StartServicesAsync(
        $"{Gateway};{Services}", [new GatewayModule()],
        front => front.UseWhen(context => context.Connection.LocalPort == Gateway.Port, door => door.UseMeshGateway()));
}
