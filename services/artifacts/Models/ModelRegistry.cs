using System.Globalization;
using Marten;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Receipts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Models;

/// <summary>A version of a model that was made or found, or why not.</summary>
internal readonly record struct Registered(ModelVersion? Version, Rejection? Rejected);

/// <summary>Writes and reads registered models.</summary>
internal sealed class ModelRegistry(IArtifactsStore store, TimeProvider clock)
{
    private static readonly Rejection UnknownModel = Rejection.NotFound("model.unknown", "There is no such model in this project.");

    /// <summary>Makes the next version from an artifact version of kind model; with a receipt, at most once.</summary>
    public async Task<Registered> RegisterAsync(Caller caller, string project, string model, RegisterModelVersion body, Receipt? receipt, CancellationToken ct)
    {
        var (source, refusal) = await SourceAsync(project, body.Artifact, body.ArtifactVersion, ct);
        if (source is null) return new(null, refusal);

        var card = Annex.Of(new ModelCard(
            body.Signature, body.Metrics ?? new Dictionary<string, double>(), body.Tags ?? new Dictionary<string, string>(), body.Description));
        var statistics = body.Statistics is { } given ? Annex.Of(given) : null;
        var command = new ModelCommand.Register(
            model, body.Framework, source.Key, source.Version, source.Digest, source.Size, body.RunId ?? source.RunId, card.Id, statistics?.Id, caller.Name);
        var made = await store.OnceAsync(project, receipt, CreateAsync, ct);
        return made.Rejected is { } rejected ? new(null, rejected) : await FindAsync(project, model, made.Version, ct);

        async Task<Made> CreateAsync()
        {
            var written = await store.WriteAsync<Model, ModelEvent>(
                caller, project, Model.StreamOf(model), state => ModelDecider.Decide(command, state, clock.GetUtcNow()), ct, alongside: (session, events) =>
                {
                    session.Store(card);
                    if (statistics is not null) session.Store(statistics);
                    if (receipt is not null) session.Insert(receipt with { Version = VersionOf(events) });
                });
            return written.Rejected is { } refused ? new(0, refused) : new(VersionOf(written.Events), null);
        }
    }

    /// <summary>Moves, deletes or promotes.</summary>
    public Task<Written<Model, ModelEvent>> ChangeAsync(
        Caller caller, string project, string model, ModelCommand command, long? expectedVersion, CancellationToken ct) =>
        store.WriteAsync<Model, ModelEvent>(
            caller, project, Model.StreamOf(model), state => ModelDecider.Decide(command, state, clock.GetUtcNow()), ct, expectedVersion);

    /// <summary>The version that a path names: a number, or <c>@alias</c>.</summary>
    public async Task<Registered> FindAsync(string project, string model, string reference, CancellationToken ct)
    {
        if (!reference.StartsWith('@'))
        {
            return int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? await FindAsync(project, model, version, ct)
                : new(null, Rejection.NotFound("model.version-unknown", "A version is named by its number or by @alias."));
        }

        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Model>(Model.StreamOf(model), ct) is not { } state) return new(null, UnknownModel);
        var alias = reference[1..];
        var at = alias == ModelDecider.Latest ? state.LatestVersion : state.Aliases.GetValueOrDefault(alias);
        if (at == 0) return new(null, Rejection.NotFound("alias.unknown", $"The model '{model}' has no alias '{alias}'."));
        return new(await LoadAsync(session, state, at, ct), null);
    }

    /// <summary>The version of that number.</summary>
    public async Task<Registered> FindAsync(string project, string model, int version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await session.LoadAsync<Model>(Model.StreamOf(model), ct) is not { } state) return new(null, UnknownModel);
        if (version < 1 || version > state.LatestVersion)
            return new(null, Rejection.NotFound("model.version-unknown", $"The model '{model}' has versions 1 to {state.LatestVersion}."));
        return new(await LoadAsync(session, state, version, ct), null);
    }

    private static async Task<ModelVersion> LoadAsync(IQuerySession session, Model state, int version, CancellationToken ct)
    {
        var row = (await session.LoadAsync<RegisteredVersion>(RegisteredVersion.IdOf(state.Name, version), ct))!;
        var card = (await session.LoadAsync<Annex>(row.Card, ct))!.Read<ModelCard>();
        var statistics = row.Statistics is { } id ? (await session.LoadAsync<Annex>(id, ct))!.Read<TrainingStatistics>() : null;
        return row.ToVersion(card, statistics, state.Aliases);
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

        return (source, null);
    }

    private static int VersionOf(IReadOnlyList<ModelEvent> events) => ((ModelEvent.VersionRegistered)events[^1]).Version;
}
