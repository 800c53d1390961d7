using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Artifacts.Models;

/// <summary>What can be done with a version after its registration: change what is said of it, its stage, its approval; compare it; read its card.</summary>
internal static class VersionEndpoints
{
    private const int MostCompared = 20;

    public static void MapModelVersions(this IEndpointRouteBuilder app)
    {
        var model = app.MapGroup("/api/v1/projects/{project}/models/{model}").WithTags("Models");
        var version = model.MapGroup("/versions/{version}");
        version.MapPatch("", Change).WithName("ChangeModelVersion").WithSummary("Changes the description (markdown), tags or the stage of a version; a tag set to null goes.");
        version.MapDelete("", Delete).WithName("DeleteModelVersion").WithSummary("Deletes a version and the aliases that point to it; its number is not given again.");
        version.MapPost("/approval", Decide).WithName("DecideModelApproval").WithSummary("Asks for the approval of a version, gives it or refuses it; the latter two for admins.");
        version.MapGet("/card", Card).WithName("GetModelCard").WithSummary("The model card of a version, in markdown.").Produces<string>(contentType: "text/markdown");
        model.MapGet("/compare", Compare).WithName("CompareModelVersions").WithSummary("Versions side by side (?version= repeated, 2 to 20, each a number or @alias): metrics, tags and signatures, with what differs marked.");
        model.MapGet("/gates/{alias}/check", Check).WithName("CheckModelGate").WithSummary("Whether a version (?version=) may take an alias, check by check.");
        model.MapPut("/gates/{alias}", SetGate).RequireRole(Role.Admin).WithName("SetModelGate").WithSummary("Says what a version must fulfil before it takes an alias: an approval, checks on its metrics.");
        model.MapDelete("/gates/{alias}", RemoveGate).RequireRole(Role.Admin).WithName("RemoveModelGate").WithSummary("Lets any version take an alias.");
    }

    internal static async Task<Results<Ok<ModelVersion>, ProblemHttpResult>> Change(
        string project, string model, int version, ChangeModel body, Caller caller, ModelRegistry registry, ModelReader reader, CancellationToken ct)
    {
        if (body.Name is not null) return Rejection.Malformed("body.invalid", "'name' is the model's: a version has none.", "name").ToProblem();
        var (known, unknown) = await reader.VersionAsync(project, model, version, ct);
        if (known is null) return unknown!.ToProblem();
        if (body.Description is not null || body.Tags is { Count: > 0 })
        {
            var written = await registry.ChangeVersionAsync(caller, project, model, version, body.Description, body.Tags, ct);
            if (written.Rejected is { } rejected) return rejected.ToProblem();
        }

        if (body.Stage is { } stage)
        {
            var moved = await registry.ChangeAsync(caller, project, model, new ModelCommand.MoveToStage(version, stage, known.Stage, false, caller.Name), null, ct);
            if (moved.Rejected is { } rejected) return rejected.ToProblem();
        }

        return Answer(await reader.VersionAsync(project, model, version, ct));
    }

    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string model, int version, Caller caller, ModelRegistry registry, ModelReader reader, CancellationToken ct)
    {
        var (known, unknown) = await reader.VersionAsync(project, model, version, ct);
        if (known is null) return unknown!.ToProblem();
        var written = await registry.ChangeAsync(caller, project, model, new ModelCommand.DeleteVersion(version, caller.Name), null, ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    internal static async Task<Results<Ok<ModelVersion>, ProblemHttpResult>> Decide(
        string project, string model, int version, DecideApproval body, Caller caller, ModelRegistry registry, ModelReader reader, CancellationToken ct)
    {
        if (body.Action is not ApprovalAction.Request && !caller.Has(Role.Admin, project))
            return Rejection.Forbidden("role.insufficient", "To approve or reject a version takes the role admin. Editors can ask for an approval: action 'request'.").ToProblem();
        var role = caller.PlatformAdmin ? Role.Owner : caller.Role;
        var command = new ModelCommand.DecideApproval(version, body.Action, body.Comment, caller.Name, role);
        var written = await registry.ChangeAsync(caller, project, model, command, null, ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : Answer(await reader.VersionAsync(project, model, version, ct));
    }

    internal static async Task<Results<ContentHttpResult, ProblemHttpResult>> Card(
        string project, string model, string version, ModelReader reader, HttpResponse response, CancellationToken ct)
    {
        var (found, rejected) = await reader.VersionAsync(project, model, version, ct);
        if (found is null) return rejected!.ToProblem();
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Text(ModelCardPage.Write(found, await reader.FindAsync(project, model, ct)), "text/markdown; charset=utf-8");
    }

    internal static async Task<Results<Ok<ModelComparison>, ProblemHttpResult>> Compare(
        string project, string model, [FromQuery] string[] version, ModelReader reader, CancellationToken ct)
    {
        if (version.Length is < 2 or > MostCompared)
            return Rejection.Malformed("versions.count", $"'version' is given 2 to {MostCompared} times.", "version").ToProblem();
        var numbers = new List<int>();
        foreach (var reference in version)
        {
            var (found, refused) = await reader.NumberAsync(project, model, reference, ct);
            if (refused is not null) return refused.ToProblem();
            numbers.Add(found);
        }

        var (versions, rejected) = await reader.VersionsAsync(project, model, numbers, ct);
        return rejected is not null ? rejected.ToProblem() : TypedResults.Ok(VersionComparison.Of(versions));
    }

    internal static async Task<Results<Ok<GateReport>, ProblemHttpResult>> Check(
        string project, string model, string alias, int version, ModelRegistry registry, CancellationToken ct)
    {
        var (report, rejected) = await registry.CheckGateAsync(project, model, alias, version, ct);
        return rejected is not null ? rejected.ToProblem() : TypedResults.Ok(report);
    }

    internal static async Task<Results<Ok<ModelInfo>, ProblemHttpResult>> SetGate(
        string project, string model, string alias, SetGate body, Caller caller, ModelRegistry registry, HttpContext context, CancellationToken ct) =>
        ModelEndpoints.Answer(context, await registry.ChangeAsync(
            caller, project, model, new ModelCommand.SetGate(new AliasGate(alias, body.RequireApproval, body.FourEyes, body.Checks ?? []), caller.Name), null, ct));

    internal static async Task<Results<NoContent, ProblemHttpResult>> RemoveGate(
        string project, string model, string alias, Caller caller, ModelRegistry registry, CancellationToken ct)
    {
        var written = await registry.ChangeAsync(caller, project, model, new ModelCommand.RemoveGate(alias, caller.Name), null, ct);
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static Results<Ok<ModelVersion>, ProblemHttpResult> Answer(Registered found) =>
        found.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.Ok(found.Version);
}
