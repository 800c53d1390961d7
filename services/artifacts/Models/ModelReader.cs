using System.Globalization;
using Marten;
using Mesh.Artifacts.Annexes;
using Mesh.Artifacts.Pointers;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Store;

namespace Mesh.Artifacts.Models;

/// <summary>Reads registered models by name, version and alias.</summary>
internal sealed class ModelReader(IArtifactsStore store)
{
    /// <summary>The model of that name, or null.</summary>
    public async Task<Model?> FindAsync(string project, string name, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await FindAsync(session, name, ct);
    }

    /// <summary>
    /// A stream for a new model of that name: that of the last deleted one, so that numbers are not given again; else the usual one, unless a model that was renamed
    /// goes on in it.
    /// </summary>
    public async Task<string> FreeStreamAsync(string project, string name, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var deleted = await session.Query<Model>().Where(model => model.Name == name && model.IsDeleted).OrderByDescending(model => model.UpdatedAt).FirstOrDefaultAsync(ct);
        if (deleted is not null) return deleted.Id;
        for (var generation = 1; ; generation++)
        {
            var stream = Model.StreamOf(name, generation);
            if (await session.LoadAsync<Model>(stream, ct) is not { } there || there.IsDeleted || there.Name == name) return stream;
        }
    }

    /// <summary>The version that a path names: a number, or <c>@alias</c>.</summary>
    public async Task<Registered> VersionAsync(string project, string name, string reference, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await FindAsync(session, name, ct) is not { } model) return new(null, ModelDecider.Unknown);
        var (version, rejected) = Resolve(model, reference);
        return rejected is not null ? new(null, rejected) : await VersionAsync(session, project, model, version, ct);
    }

    /// <summary>The number that a reference stands for: a number, or <c>@alias</c>.</summary>
    public async Task<(int Version, Rejection? Rejected)> NumberAsync(string project, string name, string reference, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await FindAsync(session, name, ct) is not { } model) return (0, ModelDecider.Unknown);
        return Resolve(model, reference);
    }

    /// <summary>The version of that number.</summary>
    public async Task<Registered> VersionAsync(string project, string name, int version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        return await FindAsync(session, name, ct) is { } model ? await VersionAsync(session, project, model, version, ct) : new(null, ModelDecider.Unknown);
    }

    /// <summary>Some versions of a model, without training statistics, in the order asked for.</summary>
    /// <returns>The refusal of one that is not there.</returns>
    public async Task<(IReadOnlyList<ModelVersion> Versions, Rejection? Rejected)> VersionsAsync(
        string project, string name, IReadOnlyList<int> versions, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await FindAsync(session, name, ct) is not { } model) return ([], ModelDecider.Unknown);
        var rows = (await session.LoadManyAsync<RegisteredVersion>(ct, [.. versions.Select(version => RegisteredVersion.IdOf(model.Id, version))])).ToDictionary(row => row.Version);
        if (versions.FirstOrDefault(version => !rows.ContainsKey(version)) is > 0 and var missing) return ([], NotFound(model, missing));
        return (await ToVersionsAsync(session, project, model, [.. versions.Select(version => rows[version])], ct), null);
    }

    /// <summary>Rows of one model as the API answers them.</summary>
    public static async Task<IReadOnlyList<ModelVersion>> ToVersionsAsync(
        IQuerySession session, string project, Model model, IReadOnlyList<RegisteredVersion> rows, CancellationToken ct)
    {
        var cards = await CardsAsync(session, rows, ct);
        return [.. rows.Select(row => row.ToVersion(project, model, cards[row.Card], null))];
    }

    /// <summary>The cards of versions, by the ids of their annexes.</summary>
    public static async Task<Dictionary<string, ModelCard>> CardsAsync(IQuerySession session, IReadOnlyList<RegisteredVersion> rows, CancellationToken ct) =>
        (await session.LoadManyAsync<Annex>(ct, [.. rows.Select(row => row.Card).Distinct()])).ToDictionary(annex => annex.Id, annex => annex.Read<ModelCard>());

    /// <summary>What is said of a version; null when it is not there.</summary>
    public async Task<VersionNotes?> NotesAsync(string project, string name, int version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await FindAsync(session, name, ct) is not { } model || !model.Has(version)) return null;
        var row = (await session.LoadAsync<RegisteredVersion>(RegisteredVersion.IdOf(model.Id, version), ct))!;
        return row.Notes((await session.LoadAsync<Annex>(row.Card, ct))!.Read<ModelCard>());
    }

    /// <summary>Metrics of versions, as far as they are there.</summary>
    public async Task<VersionMetrics> MetricsAsync(string project, Model model, IReadOnlyList<int> versions, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        var rows = await session.LoadManyAsync<RegisteredVersion>(ct, [.. versions.Where(model.Has).Distinct().Select(version => RegisteredVersion.IdOf(model.Id, version))]);
        var cards = await CardsAsync(session, [.. rows], ct);
        return new VersionMetrics(rows.ToDictionary(row => row.Version, row => row.MetricValues(cards[row.Card])), rows.ToDictionary(row => row.Version, row => row.MetricLogs));
    }

    /// <summary>The latest metrics of a version, and how often some were logged; null when it is not there.</summary>
    public async Task<(IReadOnlyDictionary<string, MeasuredMetric> Latest, int Logs)?> LatestMetricsAsync(string project, string name, int version, CancellationToken ct)
    {
        await using var session = store.OpenQuery(project);
        if (await FindAsync(session, name, ct) is not { } model || !model.Has(version)) return null;
        var row = (await session.LoadAsync<RegisteredVersion>(RegisteredVersion.IdOf(model.Id, version), ct))!;
        return (row.LatestMetrics((await session.LoadAsync<Annex>(row.Card, ct))!.Read<ModelCard>()), row.MetricLogs);
    }

    /// <summary>The model of that name, or null.</summary>
    public static async Task<Model?> FindAsync(IQuerySession session, string name, CancellationToken ct)
    {
        if (await session.LoadAsync<Model>(Model.StreamOf(name), ct) is { } usual && usual.TakenName == name) return usual;
        return await session.Query<Model>().FirstOrDefaultAsync(model => model.TakenName == name, ct);
    }

    private static async Task<Registered> VersionAsync(IQuerySession session, string project, Model model, int version, CancellationToken ct)
    {
        if (!model.Has(version)) return new(null, NotFound(model, version));
        var row = (await session.LoadAsync<RegisteredVersion>(RegisteredVersion.IdOf(model.Id, version), ct))!;
        var card = (await session.LoadAsync<Annex>(row.Card, ct))!.Read<ModelCard>();
        var statistics = row.Statistics is { } id ? (await session.LoadAsync<Annex>(id, ct))!.Read<TrainingStatistics>() : null;
        return new(row.ToVersion(project, model, card, statistics), null);
    }

    private static (int Version, Rejection? Rejected) Resolve(Model model, string reference)
    {
        if (!reference.StartsWith('@'))
        {
            return int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? (version, null)
                : (0, Rejection.NotFound("model.version-unknown", "A version is named by its number or by @alias."));
        }

        var alias = reference[1..];
        var at = alias == Pointer.Latest ? model.Newest : model.Aliases.GetValueOrDefault(alias);
        return at == 0 ? (0, Rejection.NotFound("alias.unknown", $"The model '{model.Name}' has no alias '{alias}'.")) : (at, null);
    }

    private static Rejection NotFound(Model model, int version) => VersionRules.NotThere(model, version) with { Kind = RejectionKind.NotFound, Field = null };
}
