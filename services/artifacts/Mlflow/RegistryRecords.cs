using Mesh.Hosting.Mlflow;

namespace Mesh.Artifacts.Mlflow;

/// <summary>A registered model as the protocol writes it.</summary>
internal sealed record MlflowRegisteredModel(
    string Name, long CreationTimestamp, long LastUpdatedTimestamp, string? Description, IReadOnlyList<MlflowModelVersion>? LatestVersions,
    IReadOnlyList<MlflowPair>? Tags, IReadOnlyList<MlflowAlias>? Aliases);

/// <summary>A version as the protocol writes it. Aliases are given only where one version is asked for.</summary>
internal sealed record MlflowModelVersion(
    string Name, string Version, long CreationTimestamp, long LastUpdatedTimestamp, string UserId, string CurrentStage, string Description, string Source, string RunId,
    string Status, string RunLink, IReadOnlyList<MlflowPair>? Tags, IReadOnlyList<string>? Aliases);

internal sealed record MlflowAlias(string Alias, string Version);

internal sealed record MlflowRegisteredModelAnswer(MlflowRegisteredModel RegisteredModel);

internal sealed record MlflowModelVersionAnswer(MlflowModelVersion ModelVersion);

internal sealed record MlflowRegisteredModels(IReadOnlyList<MlflowRegisteredModel>? RegisteredModels, string? NextPageToken);

internal sealed record MlflowModelVersions(IReadOnlyList<MlflowModelVersion>? ModelVersions, string? NextPageToken = null);

internal sealed record MlflowArtifactUri(string ArtifactUri);
