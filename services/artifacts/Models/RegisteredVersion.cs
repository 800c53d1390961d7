using System.Collections.Immutable;
using System.Globalization;
using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>One version of a model, for reading.</summary>
/// <param name="Id">The key of the model's stream, then <c>@{version}</c>: it stays when the model gets another name.</param>
/// <param name="Card">Id of the annex with its card.</param>
/// <param name="Statistics">Id of the annex with its training statistics.</param>
public sealed record RegisteredVersion(
    string Id, string Model, int Version, string Framework, string Artifact, int ArtifactVersion, string Digest, long Size, Guid? RunId, string Card,
    string? Statistics, string By, DateTimeOffset At)
{
    /// <summary>Where its files are, when they are no artifact's.</summary>
    public string? Source { get; init; }

    /// <summary>Address of the run that made it, in a system of its own.</summary>
    public string? RunLink { get; init; }

    /// <summary>Markdown; null when there is none, or it is only in the card.</summary>
    public string? Description { get; init; }

    /// <summary>Its tags; null when they are only in the card, where versions of earlier builds have them.</summary>
    public ImmutableSortedDictionary<string, string>? Tags { get; init; }

    /// <summary>Its stage.</summary>
    public ModelStage Stage { get; init; }

    /// <summary>The latest metrics of those that were logged after its registration.</summary>
    public IReadOnlyDictionary<string, MeasuredMetric>? Metrics { get; init; }

    /// <summary>How often that was.</summary>
    public int MetricLogs { get; init; }

    /// <summary>When something of it changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = At;

    /// <summary>A version keeps its blob.</summary>
    internal static BlobRoots Roots { get; } = new("select tenant_id as project, data ->> 'digest' as digest from mt_doc_model_version where data ->> 'digest' <> ''");

    internal static string IdOf(string stream, int version) => string.Create(CultureInfo.InvariantCulture, $"{Models.Model.KeyOf(stream)}@{version}");

    internal static RegisteredVersion Of(string stream, ModelEvent.VersionRegistered e) => new(
        IdOf(stream, e.Version), e.Model, e.Version, e.Framework, e.Artifact, e.ArtifactVersion, e.Digest, e.Size, e.RunId, e.Card, e.Statistics, e.By, e.At)
    {
        Source = e.Source,
        RunLink = e.RunLink,
        Description = e.Description,
        Tags = e.Tags?.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };

    internal VersionNotes Notes(ModelCard card) => new(Tags is null ? Description ?? card.Description : Description, Tags ?? card.Tags);

    /// <summary>What counts of its metrics: those that it was registered with were measured then.</summary>
    internal IReadOnlyDictionary<string, MeasuredMetric> LatestMetrics(ModelCard card) => MetricRules.Latest(
        card.Metrics.ToDictionary(pair => pair.Key, pair => new MeasuredMetric(pair.Key, pair.Value, null, At)), Metrics?.Values ?? []);

    /// <summary>Their values by name.</summary>
    internal IReadOnlyDictionary<string, double> MetricValues(ModelCard card) =>
        Metrics is null ? card.Metrics : LatestMetrics(card).ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal);

    /// <summary>As the API answers it. Lists leave the statistics out.</summary>
    internal ModelVersion ToVersion(string project, Model model, ModelCard card, TrainingStatistics? statistics)
    {
        var notes = Notes(card);
        var hasArtifact = Artifact.Length > 0;
        return new ModelVersion(
            Model, Version, Framework, hasArtifact ? Artifact : null, hasArtifact ? ArtifactVersion : null, Digest.Length > 0 ? Digest : null, Size, card.Signature, statistics,
            RunId, MetricValues(card), notes.Tags, notes.Description,
            [.. model.Aliases.Where(pair => pair.Value == Version).Select(pair => pair.Key).Order(StringComparer.Ordinal)], By, At, Stage,
            model.Approvals.GetValueOrDefault(Version), card.InputExample, Source ?? MeshUri.Of(project, "model", Artifact, ArtifactVersion).ToString(), card.File, UpdatedAt, RunLink);
    }
}

/// <summary>Keeps a row per version of each model.</summary>
public sealed partial class RegisteredVersions : EventProjection
{
    public void Project(IEvent<ModelEvent.VersionRegistered> e, IDocumentOperations operations) => operations.Store(RegisteredVersion.Of(e.StreamKey!, e.Data));

    public Task Project(IEvent<ModelEvent.VersionAnnotated> e, IDocumentOperations operations) => ChangeAsync(operations, e, e.Data.Version, row => row with
    {
        Description = e.Data.Description,
        Tags = row.Tags!.RemoveRange(e.Data.Removed).SetItems(e.Data.Set),
        UpdatedAt = e.Data.At,
    });

    public Task Project(IEvent<ModelEvent.MetricsLogged> e, IDocumentOperations operations) => ChangeAsync(operations, e, e.Data.Version, row => row with
    {
        Metrics = MetricRules.Latest(row.Metrics ?? new Dictionary<string, MeasuredMetric>(), e.Data.Metrics),
        MetricLogs = row.MetricLogs + 1,
        UpdatedAt = e.Data.At,
    });

    public Task Project(IEvent<ModelEvent.StageChanged> e, IDocumentOperations operations) =>
        ChangeAsync(operations, e, e.Data.Version, row => row with { Stage = e.Data.Stage, UpdatedAt = e.Data.At });

    public void Project(IEvent<ModelEvent.VersionDeleted> e, IDocumentOperations operations) => operations.Delete<RegisteredVersion>(RegisteredVersion.IdOf(e.StreamKey!, e.Data.Version));

    public void Project(IEvent<ModelEvent.Deleted> e, IDocumentOperations operations) => operations.DeleteWhere<RegisteredVersion>(row => row.Model == e.Data.Model);

    public void Project(IEvent<ModelEvent.Renamed> e, IDocumentOperations operations) => operations.QueueSqlCommand(
        "update mt_doc_model_version set data = jsonb_set(data, '{model}', to_jsonb(?::text)), model = ? where tenant_id = ? and model = ?",
        e.Data.Model, e.Data.Model, operations.TenantId, e.Data.From);

    // A command leaves at most one event that changes a version: what is stored is what was before it.
    private static async Task ChangeAsync(IDocumentOperations operations, IEvent e, int version, Func<RegisteredVersion, RegisteredVersion> change)
    {
        var id = RegisteredVersion.IdOf(e.StreamKey!, version);
        if (await operations.LoadAsync<RegisteredVersion>(id) is not { } row) return;
        if (row.Tags is null)
        {
            var card = (await operations.LoadAsync<Annexes.Annex>(row.Card))!.Read<ModelCard>();
            row = row with { Description = card.Description, Tags = card.Tags.ToImmutableSortedDictionary(StringComparer.Ordinal) };
        }

        operations.Store(change(row));
    }
}
