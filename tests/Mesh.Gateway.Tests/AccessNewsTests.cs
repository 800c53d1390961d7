using System.Net;
using Mesh.Contracts;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Gateway.Tests;

/// <summary>A gateway on a real RabbitMQ hears of what changed past it long before its memory fades.</summary>
public sealed class AccessNewsTests(RabbitGateway gateway) : IClassFixture<RabbitGateway>
{
    [Fact]
    public async Task A_token_that_was_revoked_elsewhere_is_refused_within_a_second_or_so()
    {
        var project = await gateway.NewProject();
        var past = gateway.With(null, gateway.Services);
        past.DefaultRequestHeaders.Add(IdentityTokens.Header, gateway.Identities.Issue(new Caller("admin", CallerKind.User, Role.Owner, null, PlatformAdmin: true)));
        await Eventually.Holds(async () =>
        {
            // The first news may come before the gateway's queue stands; a later one does not.
            var token = await gateway.TokenOf("admin");
            var client = gateway.With(token.Secret);
            (await client.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await past.DeleteAsync($"/api/v1/tokens/{token.Token.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await Eventually.Holds(
                async () => (await client.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized), TimeSpan.FromSeconds(2.5));
        });
    }
}

/// <summary>Gateway and services as processes of their own would be, with a broker between them.</summary>
public sealed class RabbitGateway : GatewayFixture
{
    private readonly RabbitMqFixture _broker = new();

    protected override async Task StartAsync()
    {
        await _broker.InitializeAsync();
        RabbitMq = _broker.Address.ToString();
        await StartServicesAsync(Services.ToString(), []);
        await StartGatewayAsync(Gateway, []);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _broker.DisposeAsync();
    }
}
