using System.Globalization;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Artifacts.History;
using Mesh.Artifacts.Receipts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Artifacts.Models;

/// <summary>The model registry over HTTP, below <c>/api/v1/projects/{project}/models</c>.</summary>
internal static class ModelEndpoints
{
    // Statistics of some thousand columns.
    private const long MaxRegistration = 16 << 20;

    public static void MapModels(this IEndpointRouteBuilder app)
    {
        var models = app.MapGroup("/api/v1/projects/{project}/models").WithTags("Models");
        models.MapGet("", ModelList.List).WithName("ListModels").WithSummary("Lists registered models by name.");
        models.MapGet("/{model}", Get).WithName("GetModel").WithSummary("Reads a registered model with its aliases.");
        models.MapPost("/{model}/versions", Register).WithMaxBody(MaxRegistration).WithName("RegisterModelVersion").WithSummary("Registers the next version of a model from an artifact version; makes the model with its first.");
        models.MapGet("/{model}/versions", ModelList.Versions).WithName("ListModelVersions").WithSummary("Lists the versions of a model, newest first, without training statistics.");
        models.MapGet("/{model}/versions/{version}", GetVersion).WithName("GetModelVersion").WithSummary("Reads a version by its number or by @alias; @latest is the newest.");
        models.MapGet("/{model}/versions/{version}/content", Download).WithName("DownloadModel").WithSummary("Downloads the file of a version, named by number or @alias, whole or by Range.");
        models.MapMethods("/{model}/versions/{version}/content", ["HEAD"], Download).WithName("HeadModelContent").WithSummary("Says what a download would answer.");
        models.MapPut("/{model}/aliases/{alias}", MoveAlias).WithName("MoveModelAlias").WithSummary("Points an alias to a version in one step; with expected or If-Match only if nobody moved it meanwhile.");
        models.MapDelete("/{model}/aliases/{alias}", DeleteAlias).WithName("DeleteModelAlias").WithSummary("Deletes an alias; with ?expected= or If-Match only if nobody moved it meanwhile.");
        models.MapPost("/{model}/promote", Promote).WithName("PromoteModel").WithSummary("Moves an alias and says that this is the version for production.");
        models.MapGet("/{model}/history", History).WithName("GetModelHistory").WithSummary("What happened to a model, oldest first.");
    }

    internal static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> Get(
        string project, string model, HttpContext context, IArtifactsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Model>(Model.StreamOf(model), ct) is not { } state) return Unknown.ToProblem();
        return Answer(context, state, state.Version);
    }

    internal static async Task<Results<Created<ModelVersion>, ProblemHttpResult>> Register(
        string project, string model, RegisterModelVersion body, IdempotencyKey key, Caller caller, ModelRegistry registry, CancellationToken ct)
    {
        if (!Names.IsLabel(model)) return Malformed.ToProblem();
        if (SignatureRules.Check(body.Signature, body.Statistics) is { } invalid) return invalid.ToProblem();
        var receipt = Receipt.For(key, caller, project, $"models/{model}", body);
        var (version, rejected) = await registry.RegisterAsync(caller, project, model, body, receipt, ct);
        return rejected is not null
            ? rejected.ToProblem()
            : TypedResults.Created($"/api/v1/projects/{project}/models/{model}/versions/{version!.Version}", version);
    }

    internal static async Task<Results<Ok<ModelVersion>, ProblemHttpResult>> GetVersion(
        string project, string model, string version, ModelRegistry registry, CancellationToken ct)
    {
        var (found, rejected) = await registry.FindAsync(project, model, version, ct);
        return rejected is not null ? rejected.ToProblem() : TypedResults.Ok(found);
    }

    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(
        string project, string model, string version, HttpResponse response, ModelRegistry registry, ArtifactLog log, BlobLedger ledger, CancellationToken ct)
    {
        var (found, rejected) = await registry.FindAsync(project, model, version, ct);
        if (found is null) return rejected!.ToProblem();
        var content = await ledger.OpenAsync(project, found.Digest, ct) ?? throw new InvalidOperationException($"Version {found.Version} of model '{model}' has no blob.");
        var source = await log.FindAsync(project, found.Artifact, found.ArtifactVersion, ct);
        response.Headers["Mesh-Model-Version"] = found.Version.ToString(CultureInfo.InvariantCulture);
        return response.Send(content, found.Digest, source?.ContentType ?? "application/octet-stream", source?.FileName);
    }

    internal static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> MoveAlias(
        string project, string model, string alias, MoveAlias body, EntityVersion match, Caller caller, ModelRegistry registry, HttpContext context,
        CancellationToken ct) =>
        Answer(context, await registry.ChangeAsync(
            caller, project, model, new ModelCommand.MoveAlias(alias, body.Version, body.Expected, caller.Name), match.Expected, ct));

    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteAlias(
        string project, string model, string alias, int? expected, EntityVersion match, Caller caller, ModelRegistry registry, CancellationToken ct)
    {
        var written = await registry.ChangeAsync(
            caller, project, model, new ModelCommand.DeleteAlias(alias, expected, caller.Name), match.Expected, ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> Promote(
        string project, string model, PromoteModel body, EntityVersion match, Caller caller, ModelRegistry registry, HttpContext context, CancellationToken ct) =>
        Answer(context, await registry.ChangeAsync(
            caller, project, model, new ModelCommand.Promote(body.Alias, body.Version, body.Expected, body.Reason, caller.Name), match.Expected, ct));

    internal static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string model, PageRequest page, IArtifactsStore store, CancellationToken ct)
    {
        var entries = await StreamPage.ReadAsync(store, project, Model.StreamOf(model), page, ct);
        return entries is null ? Unknown.ToProblem() : TypedResults.Ok(entries);
    }

    private static Rejection Unknown { get; } = Rejection.NotFound("model.unknown", "There is no such model in this project.");

    private static Rejection Malformed { get; } = Rejection.Malformed(
        "model.name-malformed", "The name of a model is a DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.", "model");

    private static Results<Ok<ModelInfo>, ProblemHttpResult> Answer(HttpContext context, Written<Model, ModelEvent> written) =>
        written.Rejected is { } rejected ? rejected.ToProblem() : Answer(context, written.State!, written.Version);

    private static Ok<ModelInfo> Answer(HttpContext context, Model model, long version)
    {
        EntityVersion.Write(context, version);
        return TypedResults.Ok(model.ToInfo() with { StreamVersion = version });
    }
}
