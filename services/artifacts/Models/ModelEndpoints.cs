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
        models.MapPost("", Create).WithName("CreateModel").WithSummary("Makes a registered model before its first version.");
        models.MapPatch("/{model}", Change).WithName("ChangeModel").WithSummary("Changes the name, the description (markdown) or tags of a model; a tag set to null goes.");
        models.MapDelete("/{model}", Delete).WithName("DeleteModel").WithSummary("Deletes a model with its versions and aliases; its history stays, its numbers are not given again.");
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
        if (await ModelReader.FindAsync(session, model, ct) is not { } state) return ModelDecider.Unknown.ToProblem();
        return Answer(context, state, state.Version);
    }

    internal static async Task<Results<Created<ModelInfo>, ProblemHttpResult>> Create(
        string project, CreateModel body, Caller caller, ModelRegistry registry, HttpContext context, CancellationToken ct)
    {
        var written = await registry.CreateAsync(caller, project, body.Name, body.Description, body.Tags ?? [], ct);
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        EntityVersion.Write(context, written.Version);
        return TypedResults.Created($"/api/v1/projects/{project}/models/{Uri.EscapeDataString(body.Name)}", written.State!.ToInfo() with { StreamVersion = written.Version });
    }

    internal static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> Change(
        string project, string model, ChangeModel body, EntityVersion match, Caller caller, ModelRegistry registry, HttpContext context, CancellationToken ct)
    {
        if (body.Stage is not null) return Rejection.Malformed("body.invalid", "'stage' is a version's: a model has none.", "stage").ToProblem();
        Written<Model, ModelEvent>? written = null;
        if (body.Description is not null || body.Tags is { Count: > 0 })
            written = await registry.ChangeAsync(caller, project, model, new ModelCommand.Change(body.Description, body.Tags, caller.Name), match.Expected, ct);
        if (written?.Rejected is null && body.Name is { } name)
            written = await registry.ChangeAsync(caller, project, model, new ModelCommand.Rename(name, caller.Name), written is null ? match.Expected : null, ct);
        return Answer(context, written!);
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string model, EntityVersion match, Caller caller, ModelRegistry registry, CancellationToken ct)
    {
        var written = await registry.ChangeAsync(caller, project, model, new ModelCommand.Delete(caller.Name), match.Expected, ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    internal static async Task<Results<Created<ModelVersion>, ProblemHttpResult>> Register(
        string project, string model, RegisterModelVersion body, IdempotencyKey key, Caller caller, ModelRegistry registry, CancellationToken ct)
    {
        if (!Names.IsModel(model)) return Malformed.ToProblem();
        if (SignatureRules.Check(body.Signature, body.Statistics) is { } invalid) return invalid.ToProblem();
        var receipt = Receipt.For(key, caller, project, $"models/{model}", body);
        var (version, rejected) = await registry.RegisterAsync(caller, project, model, body, receipt, ct);
        return rejected is not null
            ? rejected.ToProblem()
            : TypedResults.Created($"/api/v1/projects/{project}/models/{model}/versions/{version!.Version}", version);
    }

    internal static async Task<Results<Ok<ModelVersion>, ProblemHttpResult>> GetVersion(
        string project, string model, string version, ModelReader reader, CancellationToken ct)
    {
        var (found, rejected) = await reader.VersionAsync(project, model, version, ct);
        return rejected is not null ? rejected.ToProblem() : TypedResults.Ok(found);
    }

    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(
        string project, string model, string version, HttpResponse response, ModelReader reader, ArtifactLog log, BlobLedger ledger, CancellationToken ct)
    {
        var (found, rejected) = await reader.VersionAsync(project, model, version, ct);
        if (found is null) return rejected!.ToProblem();
        if (found.Digest is null)
        {
            return Rejection.Unprocessable(
                "model.content-elsewhere", $"The files of version {found.Version} of '{model}' are at {found.Source}, no single file is kept with it. Get them there.").ToProblem();
        }

        var content = await ledger.OpenAsync(project, found.Digest, ct) ?? throw new InvalidOperationException($"Version {found.Version} of model '{model}' has no blob.");
        var source = found.Artifact is { } artifact ? await log.FindAsync(project, artifact, found.ArtifactVersion, ct) : null;
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
        string project, string model, PageRequest page, ModelReader reader, IArtifactsStore store, CancellationToken ct)
    {
        // That of a deleted model stays readable under its last name.
        var stream = await reader.FindAsync(project, model, ct) is { } found ? found.Id : Model.StreamOf(model);
        var entries = await StreamPage.ReadAsync(store, project, stream, page, ct);
        return entries is null ? ModelDecider.Unknown.ToProblem() : TypedResults.Ok(entries);
    }

    private static Rejection Malformed { get; } = Rejection.Malformed(
        "model.name-malformed", $"The name of a model {Names.ModelForm}", "model");

    internal static Results<Ok<ModelInfo>, ProblemHttpResult> Answer(HttpContext context, Written<Model, ModelEvent> written) =>
        written.Rejected is { } rejected ? rejected.ToProblem() : Answer(context, written.State!, written.Version);

    private static Ok<ModelInfo> Answer(HttpContext context, Model model, long version)
    {
        EntityVersion.Write(context, version);
        return TypedResults.Ok(model.ToInfo() with { StreamVersion = version });
    }
}
