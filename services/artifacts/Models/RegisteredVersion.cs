using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models;

/// <summary>One version of a model, for reading.</summary>
/// <param name="Id"><c>{model}@{version}</c></param>
/// <param name="Card">Id of the annex with its card.</param>
/// <param name="Statistics">Id of the annex with its training statistics.</param>
public sealed record RegisteredVersion(
    string Id, string Model, int Version, string Framework, string Artifact, int ArtifactVersion, string Digest, long Size, Guid? RunId, string Card,
    string? Statistics, string By, DateTimeOffset At)
{
    /// <summary>A version keeps its blob.</summary>
    internal static BlobRoots Roots { get; } = new("select tenant_id as project, data ->> 'digest' as digest from mt_doc_model_version");

    internal static string IdOf(string model, int version) => $"{model}@{version}";

    internal static RegisteredVersion Of(ModelEvent.VersionRegistered e) => new(
        IdOf(e.Model, e.Version), e.Model, e.Version, e.Framework, e.Artifact, e.ArtifactVersion, e.Digest, e.Size, e.RunId, e.Card, e.Statistics, e.By, e.At);

    /// <summary>As the API answers it. Lists leave the statistics out.</summary>
    internal ModelVersion ToVersion(ModelCard card, TrainingStatistics? statistics, IReadOnlyDictionary<string, int> aliases) => new(
        Model, Version, Framework, Artifact, ArtifactVersion, Digest, Size, card.Signature, statistics, RunId, card.Metrics, card.Tags, card.Description,
        [.. aliases.Where(pair => pair.Value == Version).Select(pair => pair.Key).Order(StringComparer.Ordinal)], By, At);
}

/// <summary>Keeps a row per version of each model.</summary>
public sealed partial class RegisteredVersions : EventProjection
{
    public void Project(IEvent<ModelEvent.VersionRegistered> e, IDocumentOperations operations) => operations.Store(RegisteredVersion.Of(e.Data));
}
