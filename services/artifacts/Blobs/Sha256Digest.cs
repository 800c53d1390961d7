using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Blobs;

/// <summary>The form of a digest: SHA-256 in 64 lower-case hex digits.</summary>
internal static class Sha256Digest
{
    /// <summary>The refusal of what is no digest.</summary>
    public static Rejection Malformed { get; } = Rejection.Malformed("blob.digest-malformed", "A digest is a SHA-256 in 64 lower-case hex digits.", "digest");

    /// <summary>Whether the text is in form. Only such text ever becomes part of a path.</summary>
    public static bool IsValid(string? value) => value is { Length: 64 } && value.All(char.IsAsciiHexDigitLower);
}
