using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Bus;

namespace Mesh.Gateway.Access;

/// <summary>Forgets what the news says has changed, in every gateway.</summary>
internal sealed class AccessNews(AccessCache cache) : IEventListener
{
    internal static readonly IReadOnlyList<string> Patterns = ["project.*", "token.revoked"];

    public Task HearAsync(MeshEvent e, CancellationToken ct)
    {
        if (e.Type == EventTypes.NameOf<TokenRevoked>()) cache.ForgetToken(e.DataAs<TokenRevoked>().TokenId);
        else cache.ForgetProject(e.Project);
        return Task.CompletedTask;
    }
}
