using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Sources;

/// <summary>What is said of sources that cannot be read.</summary>
internal static class SourceRefusals
{
    /// <summary>The code of a source that is not what it was.</summary>
    public const string ChangedCode = "source.changed";

    public static Rejection Changed { get; } = Rejection.Conflict(
        ChangedCode, "What is at the source is not what it was when this version was logged. Log it again: that is another version.");

    public static Rejection Unreachable(string why) => Rejection.Unreachable("source.unreachable", $"The source cannot be read now: {why}");

    public static Rejection NotAllowed(string why) => Rejection.Unprocessable("source.not-allowed", why, "source");

    public static Rejection Malformed(string why) => Rejection.Malformed("source.malformed", why, "source");
}
