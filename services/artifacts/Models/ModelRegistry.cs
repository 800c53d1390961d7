using Marten;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Models.Opening;
using Mesh.Artifacts.Receipts;
using Mesh.Artifacts.Sources;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Artifacts.Models;

/// <summary>A version of a model that was made or found, or why not.</summary>
internal readonly record struct Registered(ModelVersion? Version, Rejection? Rejected);

/// <summary>What a version is made of when it is no artifact of ours.</summary>
/// <param name="Digest">Of its file, if one is here.</param>
internal sealed record ForeignVersion(
    string Framework, string Source, string? Digest, long Size, Guid? RunId, string? RunLink, ModelSignature Signature, ModelFile? File,
    IReadOnlyDictionary<string, string> Tags, string? Description);

/// <summary>Writes registered models.</summary>
internal sealed class ModelRegistry(IArtifactsStore store, ModelReader reader, ModelOpener opener, TimeProvider clock)
{
    private const int Races = 5;

    /// <summary>Makes a model before its first version.</summary>
    public async Task<Written<Model, ModelEvent>> CreateAsync(
        Caller caller, string project, string name, string? description, IReadOnlyDictionary<string, string> tags, CancellationToken ct)
    {
        if (await reader.FindAsync(project, name, ct) is not null) return Refused(ModelDecider.Taken(name));
        var command = new ModelCommand.Create(name, description is { Length: > 0 } ? description : null, tags, caller.Name);
        return await WriteAsync(caller, project, await reader.FreeStreamAsync(project, name, ct), state => ModelDecider.Decide(command, state, clock.GetUtcNow()), name, ct);
    }

    /// <summary>Makes the next version from an artifact version of kind model, and the model with its first; with a receipt, at most once.</summary>
    public async Task<Registered> RegisterAsync(Caller caller, string project, string model, RegisterModelVersion body, Receipt? receipt, CancellationToken ct)
    {
        var (source, refusal) = await SourceAsync(project, body.Artifact, body.ArtifactVersion, ct);
        if (source is null) return new(null, refusal);
        var (file, broken) = await opener.OpenAsync(project, source.Digest, body.Framework, body.Signature, ct);
        if (broken is not null) return new(null, broken);

        var tags = body.Tags ?? new Dictionary<string, string>();
        var card = Annex.Of(new ModelCard(body.Signature, body.Metrics ?? new Dictionary<string, double>(), tags, body.Description, body.InputExample, file));
        var statistics = body.Statistics is { } given ? Annex.Of(given) : null;
        var command = new ModelCommand.Register(
            model, body.Framework, source.Key, source.Version, source.Digest, source.Size, body.RunId ?? source.RunId, card.Id, statistics?.Id, caller.Name,
            Description: body.Description, Tags: tags);
        var made = await store.OnceAsync(project, receipt, () => RegisterAsync(caller, project, command, card, statistics, receipt, ct), ct);
        return made.Rejected is { } rejected ? new(null, rejected) : await reader.VersionAsync(project, model, made.Version, ct);
    }

    /// <summary>Makes the next version of a model that is there, from files that are no artifact's.</summary>
    public async Task<Registered> RegisterAsync(Caller caller, string project, string model, ForeignVersion version, CancellationToken ct)
    {
        if (await reader.FindAsync(project, model, ct) is null) return new(null, ModelDecider.Unknown);
        var card = Annex.Of(new ModelCard(version.Signature, new Dictionary<string, double>(), version.Tags, version.Description, File: version.File));
        var command = new ModelCommand.Register(
            model, version.Framework, "", 0, version.Digest ?? "", version.Size, version.RunId, card.Id, null, caller.Name, version.Source, version.RunLink,
            version.Description, version.Tags);
        var made = await RegisterAsync(caller, project, command, card, null, null, ct);
        return made.Rejected is { } rejected ? new(null, rejected) : await reader.VersionAsync(project, model, made.Version, ct);
    }

    /// <summary>Changes a model that is there, or what belongs to it.</summary>
    public async Task<Written<Model, ModelEvent>> ChangeAsync(
        Caller caller, string project, string model, ModelCommand command, long? expectedVersion, CancellationToken ct)
    {
        if (await reader.FindAsync(project, model, ct) is not { } found) return Refused(ModelDecider.Unknown);
        var asked = await LookUpAsync(project, found, command, ct);
        if (asked is ModelCommand.Rename rename && rename.Name != model && await reader.FindAsync(project, rename.Name, ct) is not null) return Refused(ModelDecider.Taken(rename.Name));
        return await WriteAsync(
            caller, project, found.Id, state => state?.TakenName == model ? ModelDecider.Decide(asked, state, clock.GetUtcNow()) : ModelDecider.Unknown,
            (asked as ModelCommand.Rename)?.Name ?? model, ct, expectedVersion);
    }

    /// <summary>Changes what is said of a version.</summary>
    public async Task<Written<Model, ModelEvent>> ChangeVersionAsync(
        Caller caller, string project, string model, int version, string? description, IReadOnlyDictionary<string, string?>? tags, CancellationToken ct) =>
        await reader.NotesAsync(project, model, version, ct) is { } notes
            ? await ChangeAsync(caller, project, model, new ModelCommand.ChangeVersion(version, description, tags, notes, caller.Name), null, ct)
            : Refused((await reader.VersionAsync(project, model, version, ct)).Rejected ?? ModelDecider.Unknown);

    /// <summary>Keeps metrics that were measured after the registration.</summary>
    public async Task<Written<Model, ModelEvent>> LogMetricsAsync(
        Caller caller, string project, string model, int version, IReadOnlyList<NewModelMetric> metrics, CancellationToken ct)
    {
        for (var race = 1; ; race++)
        {
            if (await reader.LatestMetricsAsync(project, model, version, ct) is not { } known)
                return Refused((await reader.VersionAsync(project, model, version, ct)).Rejected ?? ModelDecider.Unknown);
            var written = await ChangeAsync(caller, project, model, new ModelCommand.LogMetrics(version, metrics, known.Latest, known.Logs, caller.Name), null, ct);
            // Others log, too: what is known is looked up again.
            if (written.Rejected?.Code != "write.contended" || race == Races) return written;
        }
    }

    /// <summary>Whether a version may take an alias, check by check.</summary>
    public async Task<(GateReport? Report, Rejection? Rejected)> CheckGateAsync(string project, string model, string alias, int version, CancellationToken ct)
    {
        if (await reader.FindAsync(project, model, ct) is not { } found) return (null, ModelDecider.Unknown);
        if (!found.Has(version)) return (null, VersionRules.NotThere(found, version));
        return (GateRules.Report(found, alias, version, await reader.MetricsAsync(project, found, [version, found.Aliases.GetValueOrDefault(alias)], ct)), null);
    }

    private async Task<Made> RegisterAsync(
        Caller caller, string project, ModelCommand.Register command, Annex card, Annex? statistics, Receipt? receipt, CancellationToken ct)
    {
        var stream = (await reader.FindAsync(project, command.Model, ct))?.Id ?? await reader.FreeStreamAsync(project, command.Model, ct);
        var written = await WriteAsync(
            caller, project, stream,
            state => state is null or { IsDeleted: true } || state.Name == command.Model
                ? ModelDecider.Decide(command, state, clock.GetUtcNow())
                : Rejection.Conflict("write.contended", "Others write the same object at the same time. Try again."),
            command.Model, ct, alongside: (session, events) =>
            {
                session.Store(card);
                if (statistics is not null) session.Store(statistics);
                if (receipt is not null) session.Insert(receipt with { Version = VersionOf(events) });
            });
        return written.Rejected is { } refused ? new(0, refused) : new(VersionOf(written.Events), null);
    }

    // The names are unique by an index: who takes the same name at the same time loses here.
    private async Task<Written<Model, ModelEvent>> WriteAsync(
        Caller caller, string project, string stream, Func<Model?, Decision<ModelEvent>> decide, string name, CancellationToken ct, long? expectedVersion = null,
        Action<IDocumentSession, IReadOnlyList<ModelEvent>>? alongside = null)
    {
        try
        {
            return await store.WriteAsync(caller, project, stream, decide, ct, expectedVersion, alongside);
        }
        catch (Exception e) when (IsTakenName(e))
        {
            return Refused(ModelDecider.Taken(name));
        }
    }

    private async Task<ModelCommand> LookUpAsync(string project, Model model, ModelCommand command, CancellationToken ct)
    {
        switch (command)
        {
            case ModelCommand.MoveAlias move when model.Gates.ContainsKey(move.Alias):
                return move with { Metrics = await reader.MetricsAsync(project, model, [move.Version, model.Aliases.GetValueOrDefault(move.Alias)], ct) };
            case ModelCommand.Promote promote when model.Gates.ContainsKey(promote.Alias):
                return promote with { Metrics = await reader.MetricsAsync(project, model, [promote.Version, model.Aliases.GetValueOrDefault(promote.Alias)], ct) };
            default:
                return command;
        }
    }

    private static bool IsTakenName(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
            if (cause is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: ModelStorage.NameIndex }) return true;
        return false;
    }

    // A version of an artifact is never changed, and not deleted while a model uses it: what is found here still holds when the decision is made. One that is
    // deleted in between leaves a model version whose own digest keeps its bytes.
    private async Task<(LoggedVersion? Source, Rejection? Refusal)> SourceAsync(string project, string artifact, int version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<LoggedVersion>(LoggedVersion.IdOf(artifact, version), ct) is not { } source)
            return (null, Rejection.Unprocessable("artifact.version-unknown", $"There is no version {version} of artifact '{artifact}' in this project.", "artifact"));
        if (source.Kind is not ArtifactKind.Model)
        {
            return (null, Rejection.Unprocessable(
                "model.artifact-kind", $"Version {version} of artifact '{artifact}' is of kind {source.Kind.ToString().ToLowerInvariant()}; only a model can be registered.", "artifact"));
        }

        return VersionContent.Refuse(source) is { } elsewhere ? (null, elsewhere with { Field = "artifact" }) : (source, null);
    }

    private static Written<Model, ModelEvent> Refused(Rejection rejection) => new(null, 0, [], rejection);

    private static int VersionOf(IReadOnlyList<ModelEvent> events) => ((ModelEvent.VersionRegistered)events[^1]).Version;
}
