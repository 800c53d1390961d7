using System.Collections.Frozen;

namespace Mesh.Contracts.Tracking;

/// <summary>Tags of runs that the platform reads.</summary>
public static class RunTags
{
    /// <summary>The data set that the run read, as <c>key@version</c>.</summary>
    public const string Dataset = "dataset-version";

    /// <summary>The version of a registered model that the run read, as <c>name@version</c>.</summary>
    public const string InputModel = "input-model-version";

    /// <summary>Tags that name what a run read, with the kind of thing that they name.</summary>
    public static FrozenDictionary<string, string> OfInputs { get; } =
        new Dictionary<string, string> { [Dataset] = "dataset", [InputModel] = MeshUri.RegisteredModel }.ToFrozenDictionary(StringComparer.Ordinal);
}
