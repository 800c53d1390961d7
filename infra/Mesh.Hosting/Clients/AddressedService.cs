using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace Mesh.Hosting.Clients;

/// <summary>The service that an internal endpoint belongs to.</summary>
internal sealed record ServedBy(string Service);

/// <summary>
/// Tells internal endpoints of several services in one process apart: each may have its own <c>/internal/projects/{project}/usage</c>. A call
/// between services names the one it means in <c>Mesh-Service</c>.
/// </summary>
internal sealed class AddressedService : MatcherPolicy, IEndpointSelectorPolicy
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Mesh-Service";

    public override int Order => 1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(endpoint => endpoint.Metadata.GetMetadata<ServedBy>() is not null);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        if (httpContext.Request.Headers[Header] is not [{ Length: > 0 } service]) return Task.CompletedTask;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && candidates[i].Endpoint.Metadata.GetMetadata<ServedBy>() is { } served && served.Service != service)
                candidates.SetValidity(i, false);
        }

        return Task.CompletedTask;
    }
}
