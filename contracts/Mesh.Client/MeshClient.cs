using Mesh.Client.Artifacts;
using Mesh.Client.Bus;
using Mesh.Client.Connection;
using Mesh.Client.Functions;
using Mesh.Client.Monitoring;
using Mesh.Client.Projects;
using Mesh.Client.Tracking;
using Mesh.Client.Tracking.Spool;
using Mesh.Contracts.Projects;

namespace Mesh.Client;

/// <summary>
/// The mesh over HTTP. Thread-safe; one per process is enough. Every method throws <see cref="MeshException"/> when the mesh refuses.
/// </summary>
/// <example><code>
/// using var mesh = MeshClient.FromEnvironment();
/// await foreach (var run in mesh.Project("demo").Runs.ListAsync()) Console.WriteLine(run.Name);
/// </code></example>
public sealed class MeshClient : IDisposable
{
    private readonly MeshConnection _connection;
    private readonly SpoolRecovery _spools;

    /// <summary>A client for the mesh at <paramref name="api"/>.</summary>
    public MeshClient(Uri api, string? token, string? project = null) : this(new MeshClientOptions { Api = api, Token = token, Project = project })
    {
    }

    /// <summary>A client with options; <paramref name="http"/> stays the caller's when given, its own time limit included.</summary>
    public MeshClient(MeshClientOptions options, HttpClient? http = null)
    {
        _connection = new MeshConnection(options, http);
        _spools = new SpoolRecovery(_connection);
        Projects = new ProjectsClient(_connection);
        Tokens = new TokensClient(_connection);
        Hub = new HubClient(_connection);
        Profiles = new ProfilesClient(_connection);
        Events = new EventsClient(_connection, null);
        Bus = new BusClient(_connection);
        LineageRebuild = new LineageRebuildClient(_connection);
    }

    /// <summary>The options this client was made with.</summary>
    public MeshClientOptions Options => _connection.Options;

    /// <summary>Projects, members and secrets.</summary>
    public ProjectsClient Projects { get; }

    /// <summary>Access tokens of the caller.</summary>
    public TokensClient Tokens { get; }

    /// <summary>The catalogue of built-in functions.</summary>
    public HubClient Hub { get; }

    /// <summary>The places where jobs run.</summary>
    public ProfilesClient Profiles { get; }

    /// <summary>The journal of all projects that the caller may see.</summary>
    public EventsClient Events { get; }

    /// <summary>Events that consumers gave up.</summary>
    public BusClient Bus { get; }

    /// <summary>The lineage of all projects, made again from the journal.</summary>
    public LineageRebuildClient LineageRebuild { get; }

    /// <summary>A client as the environment says: see <see cref="MeshEnvironment.Options"/>.</summary>
    public static MeshClient FromEnvironment() => new(MeshEnvironment.Options());

    /// <summary>What is in a project; the one of <see cref="MeshClientOptions.Project"/> when none is named.</summary>
    /// <exception cref="InvalidOperationException">No project is named anywhere.</exception>
    public ProjectClient Project(string? name = null) => new(
        _connection, name ?? Options.Project ?? throw new InvalidOperationException("No project is named: pass its name or set MESH_PROJECT."));

    /// <summary>Who the caller is and where they have a role.</summary>
    public Task<Me> MeAsync(CancellationToken ct = default) => _connection.GetAsync<Me>("/api/v1/me", ct);

    /// <summary>Makes a one-time link that logs a browser in as this caller.</summary>
    public Task<LoginLink> CreateLoginLinkAsync(CancellationToken ct = default) =>
        _connection.SendAsync<LoginLink>(HttpMethod.Post, "/api/v1/login-links", null, Sending.Once, ct);

    /// <summary>Whether the gateway answers that it is ready. Asks once.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken ct = default)
    {
        try
        {
            await _connection.SendAsync(HttpMethod.Get, "/health/ready", null, Sending.Once, ct);
            return true;
        }
        catch (MeshException)
        {
            return false;
        }
    }

    /// <summary>
    /// Sends the metrics that processes of this machine left on the disk (<see cref="MeshClientOptions.SpoolFolder"/>) for this mesh, each value once,
    /// and says of each file what became of it. Files of processes that still run are left to them.
    /// </summary>
    /// <remarks>A <see cref="RunContext"/> does this by itself in the background, for its own project.</remarks>
    /// <exception cref="MeshException">The mesh is away: what is not sent stays.</exception>
    public IAsyncEnumerable<RecoveredSpool> RecoverAsync(RecoverSpools? which = null, CancellationToken ct = default) => _spools.RunAsync(which ?? new RecoverSpools(), ct);

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _spools.Dispose();
        _connection.Dispose();
    }

    internal void BeginRecovery(string project) => _spools.Begin(project);
}
