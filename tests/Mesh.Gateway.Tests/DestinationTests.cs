using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts.Projects;
using Mesh.Gateway.Front;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using static Mesh.Gateway.Tests.GatewayFixture;

namespace Mesh.Gateway.Tests;

/// <summary>What the proxy does when services are not there.</summary>
public sealed class DestinationTests(ProxyGateway gateway) : IClassFixture<ProxyGateway>
{
    private static string Dead => $"http://127.0.0.1:{ServiceHost.FreePort()}";

    [Fact]
    public async Task One_dead_destination_of_two_is_not_noticed()
    {
        var client = await ClientBefore(new() { ["tracking"] = $"{Dead},{gateway.Services}", ["projects"] = $"{Dead}, {gateway.Services}" });
        var project = await gateway.NewProject();
        for (var i = 0; i < 20; i++) (await client.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_was_not_connected_is_asked_of_another_destination_with_its_body()
    {
        var client = await ClientBefore(new() { ["tracking"] = $"{Dead},{Dead},{Dead},{gateway.Services}" });
        var project = await gateway.NewProject();
        for (var i = 0; i < 10; i++)
        {
            using var posted = await client.PostAsJsonAsync($"/api/v1/projects/{project}/runs/body", new { text = $"number {i}" });
            (await Read<EchoBody>(posted)).Text.ShouldBe($"number {i}");
            (await client.DeleteAsync($"/api/v1/projects/{project}/runs/{i}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task A_stream_of_events_ends_when_the_gateway_stops()
    {
        var address = new Uri($"http://127.0.0.1:{ServiceHost.FreePort()}");
        var app = await gateway.StartGatewayAsync(address, []);
        using var response = await gateway.With(gateway.AdminSecret, address).GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("data: first");
        var stopping = app.StopAsync();
        // To its end, not to a connection that was cut off.
        await reader.ReadToEndAsync();
        await stopping;
    }

    [Fact]
    public async Task Whatever_happens_at_the_door_is_told_in_a_problem()
    {
        var odd = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var nonsense = builder.Build();
        nonsense.Urls.Add(odd);
        nonsense.MapFallback(() => "no JSON");
        await nonsense.StartAsync();
        var client = await ClientBefore(new() { ["projects"] = odd });
        (await CodeOf(await client.GetAsync("/api/v1/hub"), HttpStatusCode.InternalServerError)).ShouldBe("internal");
    }

    [Fact]
    public async Task Cookies_are_secure_where_browsers_come_by_TLS()
    {
        var client = await ClientBefore([], new() { ["Mesh:PublicAddress"] = "https://mesh.example.org" });
        var link = await Read<LoginLink>(await gateway.Admin().PostAsync("/api/v1/login-links", null));
        using var landed = await client.GetAsync(link.Path);
        foreach (var cookie in landed.Headers.GetValues("Set-Cookie")) cookie.ShouldContain("secure");
    }

    [Theory]
    [InlineData("Mesh:RateLimit:PerSecond", "0")]
    [InlineData("Mesh:RateLimit:PerSecond", "-5")]
    [InlineData("Mesh:RateLimit:PerSecond", "many")]
    [InlineData("Mesh:QuietSeconds", "0")]
    [InlineData("Mesh:PublicAddress", "mesh.example.org")]
    public async Task A_setting_that_is_wrong_is_said_at_the_start(string key, string value)
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() => ClientBefore([], new() { [key] = value }));
        refused.Message.ShouldContain(key);
    }

    [Fact]
    public void No_rate_is_rounded()
    {
        foreach (var rate in (int[])[1, 7, 10, 11, 19, 250, 100_000])
        {
            var bucket = RequestRates.BucketOf(rate);
            (bucket.TokensPerPeriod / bucket.ReplenishmentPeriod.TotalSeconds).ShouldBe(rate, rate * 0.001);
        }
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_a_problem_that_says_to_try_again()
    {
        var client = await ClientBefore(new() { ["tracking"] = Dead, ["serving"] = $"{Dead},{Dead}" });
        var project = await gateway.NewProject();
        using var down = await client.GetAsync($"/api/v1/projects/{project}/runs");
        down.Headers.RetryAfter.ShouldNotBeNull();
        (await CodeOf(down, HttpStatusCode.ServiceUnavailable)).ShouldBe("service.unreachable");
        (await CodeOf(await client.PostAsync($"/api/v1/projects/{project}/v2/models/m/infer", null), HttpStatusCode.ServiceUnavailable)).ShouldBe("service.unreachable");
        (await client.GetAsync($"/api/v1/projects/{project}")).StatusCode.ShouldBe(HttpStatusCode.OK);

        var api = await Read<JsonElement>(await client.GetAsync("/openapi/v1.json"));
        api.GetProperty("x-mesh-missing").EnumerateArray().Select(s => s.GetString()).ShouldBe(["serving", "tracking"]);
        api.GetProperty("paths").TryGetProperty("/api/v1/me", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_the_projects_service_nobody_gets_in_and_nothing_is_ready()
    {
        var client = await ClientBefore(new() { ["projects"] = Dead });
        (await CodeOf(await client.GetAsync("/api/v1/hub"), HttpStatusCode.ServiceUnavailable)).ShouldBe("access.unavailable");
        (await client.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await client.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_service_that_breaks_off_is_not_taken_for_one_that_answered()
    {
        var project = await gateway.NewProject();
        await Should.ThrowAsync<HttpRequestException>(() => gateway.Admin().GetStringAsync($"/api/v1/projects/{project}/runs/broken"));
        (await CodeOf(await gateway.Admin().PostAsync($"/api/v1/projects/{project}/runs/gone", null), HttpStatusCode.BadGateway)).ShouldBe("service.broke-off");
    }

    [Fact]
    public async Task A_service_that_takes_too_long_is_not_waited_for()
    {
        var client = await ClientBefore([], new() { ["Mesh:QuietSeconds"] = "1" });
        var project = await gateway.NewProject();
        (await CodeOf(await client.PostAsync($"/api/v1/projects/{project}/runs/slow", null), HttpStatusCode.GatewayTimeout)).ShouldBe("service.timeout");
    }

    [Fact]
    public async Task A_token_that_asks_too_fast_is_told_to_wait()
    {
        var client = await ClientBefore([], new() { ["Mesh:RateLimit:PerSecond"] = "2" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetAsync("/api/v1/hub")));
        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBeInRange(10, 20);
        (await CodeOf(answers.First(a => a.StatusCode != HttpStatusCode.OK), HttpStatusCode.TooManyRequests)).ShouldBe("rate.exceeded");
    }

    private async Task<HttpClient> ClientBefore(Dictionary<string, string> addresses, Dictionary<string, string?>? settings = null)
    {
        var address = new Uri($"http://127.0.0.1:{ServiceHost.FreePort()}");
        await gateway.StartGatewayAsync(address, addresses, settings);
        return gateway.With(gateway.AdminSecret, address);
    }
}
