using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Pointers;

/// <summary>What names a version and can be moved to another: the tag of an artifact, the alias of a model.</summary>
internal static class Pointer
{
    /// <summary>The name that always means the newest version, so it can be read but not moved.</summary>
    public const string Latest = "latest";

    /// <summary>The most of them that one artifact or model has.</summary>
    public const int Most = 100;

    /// <summary>409 <c>{noun}.moved</c>: it is not where the caller has seen it.</summary>
    /// <param name="noun"><c>tag</c> or <c>alias</c>.</param>
    /// <param name="expected">Where it should be; 0 for nowhere, null for anywhere.</param>
    public static Rejection? NotExpected(string noun, string name, int? expected, int at) => expected is null || expected == at
        ? null
        : Rejection.Conflict($"{noun}.moved", $"'{name}' was expected at version {expected}, but it is at {at} (0: nowhere). Somebody moved it.", "expected");

    /// <summary>422 <c>{noun}.reserved</c>: it means something already.</summary>
    public static Rejection Reserved(string noun) =>
        Rejection.Unprocessable($"{noun}.reserved", $"'{Latest}' always means the newest version and cannot be set.", noun);
}
