using System.Globalization;
using Mesh.Contracts.Serving;
using Mesh.Hosting.Http;
using Mesh.Serving.Loading;
using Mesh.Serving.Tensors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Serving.Protocol;

/// <summary>The Open Inference Protocol v2 over REST, below <c>/api/v1/projects/{project}/v2</c>: a project is a server, an endpoint is a model.</summary>
internal static class ProtocolRoutes
{
    internal sealed record Live(bool live);

    internal sealed record Ready(bool ready);

    internal sealed record ModelReady(string name, bool ready);

    internal sealed record ServerMetadata(string name, string version, IReadOnlyList<string> extensions);

    internal sealed record ModelNames(IReadOnlyList<string> models);

    public static void MapInferenceProtocol(this IEndpointRouteBuilder app)
    {
        var v2 = app.MapGroup("/api/v1/projects/{project}/v2").WithTags("Open Inference Protocol");
        var handler = app.ServiceProvider.GetRequiredService<InferHandler>();
        v2.MapGet("", () => TypedResults.Ok(new ServerMetadata("mesh", typeof(ProtocolRoutes).Assembly.GetName().Version!.ToString(3), [])))
            .WithName("ServerMetadata").WithSummary("Names the server.");
        v2.MapGet("/health/live", () => TypedResults.Ok(new Live(true))).WithName("ServerLive").WithSummary("Whether the server answers.");
        v2.MapGet("/health/ready", IsReady).WithName("ServerReady").WithSummary("Whether every endpoint of the project serves.");
        v2.MapGet("/models", List).WithName("ListServedModels").WithSummary("Names the endpoints of the project.");
        foreach (var (path, suffix) in (ReadOnlySpan<(string, string)>)[("/models/{endpoint}", ""), ("/models/{endpoint}/versions/{version}", "Version")])
        {
            v2.MapGet(path, Metadata).WithName($"Model{suffix}Metadata").WithSummary("What an endpoint's model takes and gives.").Produces<ModelMetadata>();
            v2.MapGet($"{path}/ready", IsModelReady).WithName($"Model{suffix}Ready").WithSummary("Whether an endpoint serves.");
            v2.MapPost($"{path}/infer", (Delegate)handler.InferAsync).WithMaxBody(InferRequestReader.MaxBody).DisableHttpMetrics()
                .Accepts<InferRequest>("application/json").Produces<InferResponse>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503)
                .WithName($"Model{suffix}Infer").WithSummary("Predicts: at most 100,000 rows and 16 MiB at once.");
        }
    }

    private static JsonHttpResult<Ready> IsReady(string project, EndpointTable table)
    {
        var ready = table.Listed.IsCompleted && table.OfProject(project).All(slot => slot.Current is not null);
        return TypedResults.Json(new Ready(ready), statusCode: ready ? 200 : 503);
    }

    private static Ok<ModelNames> List(string project, EndpointTable table) =>
        TypedResults.Ok(new ModelNames([.. table.OfProject(project).Select(slot => slot.Key.Name).Order(StringComparer.Ordinal)]));

    private static async Task IsModelReady(string project, string endpoint, string? version, HttpContext context, EndpointDirectory directory)
    {
        var key = new EndpointKey(project, endpoint);
        if ((directory.Find(key) ?? await directory.AwaitAsync(key, context.RequestAborted)) is not { } slot)
        {
            await ProtocolProblem.WriteAsync(context, ProtocolProblem.UnknownModel(endpoint));
            return;
        }

        var ready = slot.Current is { } model && (version is null || version == model.Version.ToString(CultureInfo.InvariantCulture));
        await TypedResults.Json(new ModelReady(endpoint, ready), statusCode: ready ? 200 : 503).ExecuteAsync(context);
    }

    private static async Task Metadata(string project, string endpoint, string? version, HttpContext context, EndpointDirectory directory)
    {
        var key = new EndpointKey(project, endpoint);
        if ((directory.Find(key) ?? await directory.AwaitAsync(key, context.RequestAborted)) is not { } slot)
        {
            await ProtocolProblem.WriteAsync(context, ProtocolProblem.UnknownModel(endpoint));
            return;
        }

        if ((slot.Current is null ? await directory.UseLoadedAsync(slot, context.RequestAborted) : slot.Use()) is not { } model)
        {
            await ProtocolProblem.WriteAsync(context, ProtocolProblem.NotReady(slot));
            return;
        }

        try
        {
            var served = model.Version.ToString(CultureInfo.InvariantCulture);
            if (version is not null && version != served) await ProtocolProblem.WriteAsync(context, ProtocolProblem.OtherVersion(model, version));
            else await TypedResults.Json(Describe(endpoint, served, model)).ExecuteAsync(context);
        }
        finally
        {
            model.Release();
        }
    }

    private static ModelMetadata Describe(string endpoint, string version, LoadedModel model) => new(
        endpoint, [version], model.Runtime.Platform, [.. model.Runtime.Layout.Inputs.Select(Describe)], [.. model.Runtime.Layout.Outputs.Select(Describe)]);

    private static TensorMetadata Describe(TensorSpec spec) => new(spec.Name, spec.Datatype, [-1, .. spec.Shape]);
}
