using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Mesh.Contracts;
using Mesh.Hosting;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Gateway.Tests;

/// <summary>Stands for the services behind the gateway: says what reached it.</summary>
internal sealed class EchoModule : StatelessModule
{
    /// <summary>Lets the second event of a stream go.</summary>
    internal TaskCompletionSource Second { get; private set; } = new();

    public override string Name => "tracking";

    internal void Rewind() => Second = new TaskCompletionSource();

    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/projects/{project}/runs", Echo).WithName("EchoRuns");
        app.MapPost("/api/v1/projects/{project}/runs", Echo);
        app.MapDelete("/api/v1/projects/{project}/runs/{run}", Echo);
        app.MapPost("/api/v1/projects/{project}/runs/body", (EchoBody body) => Results.Ok(body));
        app.MapPut("/api/v1/projects/{project}/blobs/{sha}", (Delegate)Swallow).StreamsBody();
        app.MapPost("/api/v1/projects/{project}/v2/models/{model}/infer", Echo);
        app.MapGet("/api/v1/hub", Echo);
        foreach (var api in (string[])["api", "ajax-api"])
        {
            app.MapGet($"/mlflow/{{project}}/{api}/2.0/mlflow/experiments/get", Echo);
            app.MapPost($"/mlflow/{{project}}/{api}/2.0/mlflow/runs/create", Echo);
            app.MapPost($"/mlflow/{{project}}/{api}/2.0/mlflow/runs/search", Echo).RequireRole(Role.Viewer);
            app.MapPost($"/mlflow/{{project}}/{api}/3.0/mlflow/traces", Echo);
            app.MapPost($"/mlflow/{{project}}/{api}/3.0/mlflow/traces/search", Echo).RequireRole(Role.Viewer);
        }

        app.MapPost("/mlflow/{project}/v1/traces", Echo);
        app.MapPost("/mlflow/{project}/api/2.0/mlflow-artifacts/mpu/create/{**path}", (HttpRequest request) => Results.Text(PublicOrigin.Of(request)));
        app.MapPut("/mlflow/{project}/api/2.0/mlflow-artifacts/signed/{**path}", EchoSigned).StreamsBody().AllowAnonymousCaller();

        app.MapGet("/api/v1/events", () => TypedResults.ServerSentEvents(Stream()));
        app.MapPost("/api/v1/projects/{project}/runs/gone", (HttpContext context) => context.Abort());
        app.MapPost("/api/v1/projects/{project}/runs/slow", (CancellationToken ct) => Task.Delay(TimeSpan.FromSeconds(30), ct));
        app.MapGet("/api/v1/projects/{project}/runs/broken", async (HttpContext context) =>
        {
            context.Response.ContentLength = 100;
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
    }

    public override void MapInternal(IEndpointRouteBuilder app) => app.MapGet("/secretly", () => "seen");

    private static IResult Echo(Caller caller, HttpContext context) => Results.Ok(new Echoed(
        caller.Name, caller.Kind.ToString(), caller.Role.ToString(), caller.Project, caller.PlatformAdmin,
        [.. context.Request.Headers.Keys], context.Request.QueryString.Value?.Length ?? 0,
        Activity.Current?.TraceId.ToHexString(), Activity.Current?.TraceStateString));

    // What comes without an identity.
    private static IResult EchoSigned(HttpContext context, SignedAddresses signed) => Results.Ok(new Echoed(
        context.GetCaller()?.Name ?? "", signed.IsGenuine(context.Request).ToString(), "", null, false, [.. context.Request.Headers.Keys], 0, null, null));

    private static async Task<IResult> Swallow(HttpContext context)
    {
        var buffer = new byte[64 * 1024];
        long total = 0;
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0) total += read;
        return Results.Ok(new { total });
    }

    private async IAsyncEnumerable<SseItem<string>> Stream([EnumeratorCancellation] CancellationToken ct = default)
    {
        yield return new SseItem<string>("first");
        await Second.Task.WaitAsync(ct);
        yield return new SseItem<string>("second");
    }
}

internal sealed record EchoBody(string Text);

/// <summary>What reached the service.</summary>
internal sealed record Echoed(string Name, string Kind, string Role, string? Project, bool PlatformAdmin, List<string> Headers, int QueryLength, string? Trace, string? TraceState);
