using Mesh.Client;
using Mesh.Contracts;
using Mesh.Hosting;
using Mesh.Hosting.Identity;

namespace Mesh.Functions.Code;

/// <summary>The artifacts of a project with a job's rights.</summary>
internal interface IJobMesh
{
    /// <summary>A client with the job's rights. The caller disposes it.</summary>
    MeshClient Open(string project, string jobId);
}

/// <summary>
/// The artifacts of a project as a job of it would see them, for what the worker does in a job's place: fetch its code and inputs, keep its outputs.
/// Goes to the service itself and not through the gateway. What is away is waited for: the attempt's lease holds the job meanwhile.
/// </summary>
internal sealed class JobMesh(MeshOptions mesh, IdentityTokens tokens) : IJobMesh, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);
    private readonly SocketsHttpHandler _handler = new() { ConnectTimeout = TimeSpan.FromSeconds(2), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60), UseCookies = false, UseProxy = false };

    public MeshClient Open(string project, string jobId) => Open(project, new Caller($"job:{jobId}", CallerKind.Job, Role.Editor, project), Patience);

    /// <summary>A client with the rights of this service, for questions that somebody waits for.</summary>
    public MeshClient OpenForRequest(string project) => Open(project, Caller.Service("functions"), TimeSpan.Zero);

    public void Dispose() => _handler.Dispose();

    private MeshClient Open(string project, Caller caller, TimeSpan patience)
    {
        if (mesh.AddressesOf("artifacts") is not [var address, ..]) throw new InvalidOperationException("Mesh:Services:artifacts is not configured.");
        var http = new HttpClient(new Signing(_handler, tokens, caller, project), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        return new MeshClient(new MeshClientOptions { Api = new Uri(address), Project = project, RetryFor = patience, SpoolFolder = null }, http);
    }

    private sealed class Signing(HttpMessageHandler inner, IdentityTokens tokens, Caller caller, string project) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Remove(IdentityTokens.Header);
            request.Headers.TryAddWithoutValidation(IdentityTokens.Header, tokens.Issue(caller, project));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
