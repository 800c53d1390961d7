using Mesh.Contracts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Artifacts;

/// <summary>Keys of artifacts as they come in paths: one segment, with <c>/</c> as <c>%2F</c>.</summary>
internal static class ArtifactKey
{
    /// <summary>The refusal of what cannot be a key.</summary>
    public static Rejection Malformed { get; } = Rejection.Malformed(
        "artifact.key-malformed", "A key has 1 to 250 of letters, digits, '_', '-', '.', '/', ' ' and ':', does not begin with '/' and holds no '..'.", "key");

    /// <summary>The refusal of a key that is not there.</summary>
    public static Rejection Unknown { get; } = Rejection.NotFound("artifact.unknown", "There is no such artifact in this project.");

    /// <summary>The key of a path's segment. Routing has decoded all of it but the slashes.</summary>
    public static string Decode(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The segment of a key.</summary>
    public static string Encode(string key) => Uri.EscapeDataString(key);

    /// <summary>Whether the text can be a key.</summary>
    public static bool IsValid(string key) => Names.IsKey(key);
}
