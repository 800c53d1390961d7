using System.Collections.Concurrent;
using Mesh.Contracts.Projects;
using Mesh.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Projects.Tests;

/// <summary>Stands for the other services: says what they hold of a project, or does not answer.</summary>
internal sealed class KeeperStub : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KeeperStub(WebApplication app, string address) => (_app, Address) = (app, address);

    internal string Address { get; }

    /// <summary>What is held, by project.</summary>
    internal ConcurrentDictionary<string, long> Runs { get; } = new();

    internal bool IsDown { get; set; }

    /// <summary>Whether the news of a deletion has not been handled yet.</summary>
    internal bool IsBehind { get; set; }

    /// <summary>The project for which the services answer nonsense.</summary>
    internal string? Garbled { get; set; }

    /// <summary>Called when a service has said what it holds of a project.</summary>
    internal Action<string>? Answered { get; set; }

    internal static async Task<KeeperStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var address = $"http://127.0.0.1:{ServiceHost.FreePort()}";
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        var stub = new KeeperStub(app, address);
        app.MapGet("/internal/projects/{project}/usage", stub.Usage);
        app.MapGet("/internal/inbox/{service}/{id:guid}", (string service, Guid id, string type) => Results.Json(new { handled = !stub.IsBehind }));
        await app.StartAsync();
        return stub;
    }

    private IResult Usage(string project)
    {
        if (IsDown) return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        if (project == Garbled) return Results.Text("nonsense", "application/json");
        var held = Runs.GetValueOrDefault(project);
        Answered?.Invoke(project);
        return Results.Json(new ProjectUsage(new Dictionary<string, long> { ["runs"] = held }));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
