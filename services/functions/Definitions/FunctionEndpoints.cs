using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Catalogue;
using Mesh.Functions.Code;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Definitions;

/// <summary>The HTTP surface of functions.</summary>
internal static class FunctionEndpoints
{
    // 1 MiB of code, in JSON's escapes, and the rest of the definition.
    private const long MaxDefinition = 8 << 20;

    public static void MapFunctions(this IEndpointRouteBuilder app)
    {
        var functions = app.MapGroup("/api/v1/projects/{project}/functions").WithTags("Functions");
        functions.MapGet("", List).WithName("ListFunctions").WithSummary("Functions by name, each at its current version");
        functions.MapPut("/{function}", Define).WithName("DefineFunction").WithSummary("Defines a function; the same content is the same version").WithMaxBody(MaxDefinition).ProducesProblem(422);
        functions.MapGet("/{function}", Get).WithName("GetFunction").WithSummary("A function at its current version, or at ?version=").ProducesProblem(404);
        functions.MapGet("/{function}/versions", Versions).WithName("ListFunctionVersions").WithSummary("Versions of a function, newest first").ProducesProblem(404);
        functions.MapGet("/{function}/history", History).WithName("GetFunctionHistory").WithSummary("What happened to a function").ProducesProblem(404);
    }

    private static async Task<Results<Ok<FunctionInfo>, Created<FunctionInfo>, ProblemHttpResult>> Define(
        string project, string function, DefineFunction body, EntityVersion expected, Caller caller, IFunctionsStore store, HubCatalogue hub,
        BundleCheck code, ProfileRegistry profiles, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        if (!Names.IsLabel(function)) return BadName(function).ToProblem();
        if (FunctionContent.CheckFiles(body.Files) is { } badFiles) return badFiles.ToProblem();
        if (body.Item is { } item && await hub.RefuseItemAsync(item, ct) is { } unknown) return unknown.ToProblem();
        if (profiles.Refuse(body.Profile) is { } nowhere) return nowhere.ToProblem();
        if (ParamRules.RefuseDefaults(body.ParamSpecs, body.Params) is { } badDefault) return badDefault.ToProblem();
        var (settled, badCode) = await code.SettleAsync(project, body, ct);
        if (badCode is not null) return badCode.ToProblem();

        var content = FunctionContent.Of(settled);
        var written = await store.WriteAsync<Function, FunctionEvent>(
            caller, project, Function.KeyOf(function),
            state => FunctionDecider.Define(function, content.Id, content.Kind, caller.Name, state, clock.GetUtcNow()), ct, expected.Expected,
            (session, _) => session.Store(content));
        if (written.Rejected is { } rejected) return rejected.ToProblem();

        EntityVersion.Write(http, written.Version);
        var info = content.ToInfo(function, written.State!.Find(null)!);
        return written.Events is [FunctionEvent.Defined { Version: 1 }]
            ? TypedResults.Created($"/api/v1/projects/{project}/functions/{function}", info)
            : TypedResults.Ok(info);
    }

    private static async Task<Results<Ok<FunctionInfo>, ProblemHttpResult>> Get(
        string project, string function, int? version, FunctionReader reader, HttpContext http, CancellationToken ct)
    {
        var (found, number, content) = await reader.FindAsync(project, function, version, ct);
        if (found is null) return Unknown(function).ToProblem();
        if (number is null || content is null) return UnknownVersion(found, version).ToProblem();
        EntityVersion.Write(http, found.Version);
        return TypedResults.Ok(content.ToInfo(function, number) with { Tags = found.Tags.Count > 0 ? found.Tags : null });
    }

    private static async Task<Ok<Page<FunctionInfo>>> List(
        string project, PageRequest page, IFunctionsStore store, FunctionReader reader, CancellationToken ct)
    {
        var after = page.After<NameCursor>()?.Name ?? "";
        await using var session = store.OpenQuery(project);
        var rows = await session.Query<Function>().Where(f => string.Compare(f.Name, after) > 0).OrderBy(f => f.Name).Take(page.Limit + 1).ToListAsync(ct);
        var functions = page.ToPage(rows, f => new NameCursor(f.Name));
        var infos = await reader.OutlineAsync(project, [.. functions.Items.Select(f => (f.Name, f.Find(null)!))], ct);
        return TypedResults.Ok(new Page<FunctionInfo>(infos, functions.Next));
    }

    private static async Task<Results<Ok<Page<FunctionInfo>>, ProblemHttpResult>> Versions(
        string project, string function, PageRequest page, FunctionReader reader, CancellationToken ct)
    {
        var (found, _, _) = await reader.FindAsync(project, function, null, ct);
        if (found is null) return Unknown(function).ToProblem();
        var before = page.After<VersionCursor>()?.Number ?? int.MaxValue;
        var rows = found.Versions.Reverse().Where(v => v.Number < before).Take(page.Limit + 1).ToList();
        var versions = page.ToPage(rows, v => new VersionCursor(v.Number));
        var infos = await reader.OutlineAsync(project, [.. versions.Items.Select(v => (found.Name, v))], ct);
        return TypedResults.Ok(new Page<FunctionInfo>(infos, versions.Next));
    }

    private static async Task<Results<Ok<Page<HistoryEntry>>, ProblemHttpResult>> History(
        string project, string function, PageRequest page, IFunctionsStore store, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var entries = await session.ReadHistoryAsync(Function.KeyOf(function), page.After<HistoryCursor>()?.Version ?? 0, page.Limit + 1, ct);
        if (entries.Count == 0 && page.Cursor is null) return Unknown(function).ToProblem();
        return TypedResults.Ok(page.ToPage(entries, e => new HistoryCursor(e.Version)));
    }

    internal static Rejection Unknown(string name) => Rejection.NotFound("function.unknown", $"There is no function '{name}' in this project.");

    internal static Rejection UnknownVersion(Function function, int? version) => Rejection.NotFound(
        "function-version.unknown", $"Function '{function.Name}' has no version {version}; it has 1 to {function.Versions.Count}.");

    internal static Rejection UnknownReference(Function function, string reference) => Rejection.NotFound(
        "function-version.unknown", $"Function '{function.Name}' has no version or tag '{reference}'; its versions are 1 to {function.Versions.Count}.");

    private static Rejection BadName(string name) => Rejection.Malformed(
        "function.name", $"'{name}' is no name for a function: it must be a DNS label, 1 to 63 of a-z, 0-9 and '-'.", "function");

    private sealed record NameCursor(string Name);

    private sealed record VersionCursor(int Number);
}

/// <summary>Where a page of a history ended.</summary>
internal sealed record HistoryCursor(long Version);
