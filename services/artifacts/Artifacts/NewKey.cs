using Mesh.Artifacts.Directories;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Artifacts;

/// <summary>
/// Keys under which something new may be logged. Two keys that look alike must not be two artifacts: only composed Unicode is taken, and no letter that nobody sees.
/// What was logged before stays readable under whatever key it has.
/// </summary>
internal sealed class NewKey(NormalForm form)
{
    // Addresses below …/artifacts that are no artifact.
    private static readonly string[] Reserved = ["versions", "resolve"];

    /// <summary>The refusal of a key, or null.</summary>
    public async Task<Rejection?> CheckAsync(string key, CancellationToken ct)
    {
        if (!ArtifactKey.IsValid(key)) return ArtifactKey.Malformed;
        if (Reserved.Contains(key, StringComparer.Ordinal)) return Rejection.Unprocessable("artifact.key-reserved", $"'{key}' is an address of its own and cannot be a key.", "key");
        if (key.EnumerateRunes().Any(DirectoryPath.IsUnseen)) return Rejection.Malformed("artifact.key-unseen", "The key holds letters that nobody sees.", "key");
        return await form.IsAsync(key, ct) ? null : Rejection.Malformed("artifact.key-not-composed", "The key is not in composed Unicode (NFC): another key would look like it.", "key");
    }
}
