using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Mesh.Projects.Projects;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Projects.Secrets;

/// <summary>Secrets of a project: set and listed by its admins, and delivered to jobs alone.</summary>
internal static class SecretEndpoints
{
    private const int MaxRevealed = ProjectDecider.MaxSecrets;

    internal static void MapSecrets(this IEndpointRouteBuilder app)
    {
        var secrets = app.MapGroup("/api/v1/projects/{project}/secrets").WithTags("Secrets");
        secrets.MapGet("", List).RequireRole(Role.Editor).WithName("ListSecrets");
        secrets.MapPut("/{name}", Set).RequireRole(Role.Admin).WithName("SetSecret");
        secrets.MapDelete("/{name}", Delete).RequireRole(Role.Admin).WithName("DeleteSecret").ProducesProblem(404);
    }

    internal static void MapReveal(this IEndpointRouteBuilder app) => app.MapPost("/projects/{project}/secrets/reveal", Reveal);

    private static async Task<Results<Ok<Page<SecretInfo>>, ProblemHttpResult>> List(string project, PageRequest page, IProjectsStore store, CancellationToken ct)
    {
        if (await ProjectEndpoints.LoadAsync(store, project, ct) is not { } found) return ProjectDecider.Unknown(project).ToProblem();
        var after = page.After<SecretCursor>()?.Name ?? "";
        var rows = found.Secrets
            .OrderBy(secret => secret.Key, StringComparer.Ordinal)
            .Where(secret => string.CompareOrdinal(secret.Key, after) > 0)
            .Take(page.Limit + 1)
            .Select(secret => new SecretInfo(secret.Key, secret.Value.At, secret.Value.By));
        return TypedResults.Ok(page.ToPage([.. rows], secret => new SecretCursor(secret.Name)));
    }

    private static async Task<Results<Ok<SecretInfo>, ProblemHttpResult>> Set(
        string project, string name, SetSecret body, Caller caller, IProjectsStore store, SecretVault vault, TimeProvider clock, CancellationToken ct)
    {
        if (!IsInForm(name)) return OutOfForm;
        var stored = (await vault.BoxAsync(ct)).Seal(project, name, body.Value);
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, project, project, state => ProjectDecider.Decide(new ProjectCommand.SetSecret(name, caller.Name), state, clock.GetUtcNow()), ct,
            alongside: (session, _) => session.Store(stored));
        if (written.Rejected is { } rejected) return rejected.ToProblem();
        var mark = written.State!.Secrets[name];
        return TypedResults.Ok(new SecretInfo(name, mark.At, mark.By));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string project, string name, Caller caller, IProjectsStore store, TimeProvider clock, CancellationToken ct)
    {
        if (!IsInForm(name)) return OutOfForm;
        var written = await store.WriteAsync<Project, ProjectEvent>(
            caller, project, project, state => ProjectDecider.Decide(new ProjectCommand.DeleteSecret(name), state, clock.GetUtcNow()), ct,
            alongside: (session, _) => session.Delete<StoredSecret>(name));
        return written.Rejected is { } rejected ? rejected.ToProblem() : TypedResults.NoContent();
    }

    private static async Task<Results<Ok<RevealedSecrets>, ProblemHttpResult>> Reveal(
        string project, RevealSecrets body, Caller caller, IProjectsStore store, SecretVault vault, ILoggerFactory logs, CancellationToken ct)
    {
        if (!caller.IsService("functions") && !caller.IsService("artifacts"))
            return Rejection.Forbidden("secret.for-jobs", "Only the services functions, for its jobs, and artifacts, for receivers of lineage, are given the values of secrets.").ToProblem();
        if (body.Names.Count > MaxRevealed) return Rejection.Malformed("secret.too-many", $"At most {MaxRevealed} secrets at once.", "names").ToProblem();
        await using var session = store.OpenQuery(project);
        var stored = await session.LoadManyAsync<StoredSecret>(ct, body.Names);
        var missing = body.Names.Except(stored.Select(secret => secret.Id), StringComparer.Ordinal).ToList();
        if (missing.Count > 0) return Rejection.Unprocessable("secret.unknown", $"Project '{project}' has no secret {string.Join(", ", missing)}.", "names").ToProblem();
        var box = await vault.BoxAsync(ct);
        try
        {
            return TypedResults.Ok(new RevealedSecrets(stored.ToDictionary(secret => secret.Id, secret => box.Open(project, secret))));
        }
        catch (SecretSealedException sealing)
        {
            logs.CreateLogger(typeof(SecretEndpoints)).LogError("{Reason}", sealing.Message);
            return Rejection.Unavailable("secret.sealed", sealing.Message).ToProblem();
        }
    }

    // Jobs get secrets as environment variables: their names are what such variables may be called, or close to it.
    private static bool IsInForm(string name) =>
        name.Length is >= 1 and <= 128 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static ProblemHttpResult OutOfForm =>
        Rejection.Malformed("secret.name-invalid", "A secret's name is 1 to 128 of letters, digits, '_', '-' and '.', and does not begin with a digit.", "name").ToProblem();

    private sealed record SecretCursor(string Name);
}
