using System.Net;
using System.Net.Sockets;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Tests.Code;

namespace Mesh.Functions.Tests.Hubs;

/// <summary>Little time for the sources of hubs.</summary>
public sealed class HastyHost : CodeHost
{
    public HastyHost() => Settings = [("Functions:HubSeconds", "1"), ("Functions:GitHosts:0", IPAddress.Loopback.ToString())];
}

/// <summary>A server of repositories that takes the call and says nothing.</summary>
public sealed class SlowSourceTests(HastyHost mesh) : IClassFixture<HastyHost>
{
    [Fact]
    public async Task Nobody_waits_for_it_longer_than_the_limit()
    {
        CodeHost.SkipUnless("git", "--version");
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var source = new HubSource(new GitSource($"https://{silent.LocalEndpoint}/team.git", "main"));
        var slow = await Should.ThrowAsync<MeshException>(() => mesh.As(Role.Admin).Hubs.RegisterAsync("team", new PutHub(source)));
        (slow.Code, slow.Status).ShouldBe(("hub.source-slow", HttpStatusCode.ServiceUnavailable));
        slow.Message.ShouldContain("was not read within 1 s (Functions:HubSeconds)");
    }
}
