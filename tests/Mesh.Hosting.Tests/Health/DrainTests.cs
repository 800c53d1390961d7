using System.Net;
using Mesh.Hosting.Health;
using Mesh.Hosting.Tests.Bus;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Hosting.Tests.Health;

/// <summary>How a process leaves.</summary>
public sealed class DrainTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_process_that_is_to_stop_says_so_and_goes_on_serving_for_a_while()
    {
        await using var app = await StartAsync(preStopSeconds: 10);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        (await http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);

        // As on SIGTERM: the lifetime is told first, and the host stops when it hears of it.
        var stopped = app.WaitForShutdownAsync();
        app.Lifetime.StopApplication();
        await Eventually.Holds(() => _clock.Waiters.ShouldBe(1));
        (await http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetStringAsync("/work")).ShouldBe("done");
        using (var newcomer = new HttpClient { BaseAddress = http.BaseAddress }) (await newcomer.GetStringAsync("/work")).ShouldBe("done");

        _clock.Advance(TimeSpan.FromSeconds(10));
        await stopped;
        await Should.ThrowAsync<HttpRequestException>(http.GetAsync("/work"));
    }

    [Fact]
    public async Task Without_a_delay_it_stops_at_once()
    {
        await using var app = await StartAsync(preStopSeconds: 0);
        var stopped = app.WaitForShutdownAsync();
        app.Lifetime.StopApplication();
        await stopped;
        _clock.Waiters.ShouldBe(0);
    }

    private async Task<WebApplication> StartAsync(int preStopSeconds)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.AddMeshProcess("test", new MeshOptions { Listen = $"http://127.0.0.1:{ServiceHost.FreePort()}", PreStopSeconds = preStopSeconds });
        var app = builder.Build();
        app.MapMeshHealth();
        app.MapGet("/work", () => "done");
        await app.StartAsync();
        return app;
    }
}
