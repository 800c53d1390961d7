using System.Globalization;
using Mesh.Artifacts.Models;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Mlflow;

namespace Mesh.Artifacts.Mlflow;

/// <summary>Registered models in the shapes of the protocol: versions as texts, times in milliseconds since 1970, runs by 32 hex digits.</summary>
internal static class RegistryView
{
    public static MlflowRegisteredModel Of(Model model, IReadOnlyList<MlflowModelVersion> latest) => new(
        model.Name, model.CreatedAt.ToUnixTimeMilliseconds(), model.UpdatedAt.ToUnixTimeMilliseconds(), model.Description, latest.OrAbsent(), Pairs(model.Tags),
        model.Aliases.Select(pair => new MlflowAlias(pair.Key, Of(pair.Value))).ToList().OrAbsent());

    public static MlflowModelVersion Of(string project, RegisteredVersion row, VersionNotes notes, IReadOnlyList<string>? aliases = null) => new(
        row.Model, Of(row.Version), row.At.ToUnixTimeMilliseconds(), row.UpdatedAt.ToUnixTimeMilliseconds(), row.By, row.Stage.ToString(), notes.Description ?? "",
        row.Source ?? MeshUri.Of(project, "model", row.Artifact, row.ArtifactVersion).ToString(), row.RunId?.ToString("N") ?? "", "READY", row.RunLink ?? "",
        Pairs(notes.Tags), aliases?.OrAbsent());

    public static MlflowModelVersion Of(ModelVersion version) => new(
        version.Model, Of(version.Version), version.CreatedAt.ToUnixTimeMilliseconds(), (version.UpdatedAt ?? version.CreatedAt).ToUnixTimeMilliseconds(), version.CreatedBy,
        version.Stage.ToString(), version.Description ?? "", version.Source!, version.RunId?.ToString("N") ?? "", "READY", version.RunLink ?? "", Pairs(version.Tags),
        version.Aliases.OrAbsent());

    private static string Of(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static IReadOnlyList<MlflowPair>? Pairs(IEnumerable<KeyValuePair<string, string>> tags) => tags.Select(tag => new MlflowPair(tag.Key, tag.Value)).ToList().OrAbsent();
}
