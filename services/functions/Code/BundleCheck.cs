using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code.Git;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Code;

/// <summary>Settles where the code of a function is when that is defined: what is in its bundle, or which commit is meant.</summary>
internal sealed class BundleCheck(JobMesh mesh, GitRepositories git, GitSecrets secrets)
{
    /// <summary>The definition with what the service says of its code, or why that cannot be.</summary>
    public async Task<(DefineFunction Definition, Rejection? Rejected)> SettleAsync(string project, DefineFunction definition, CancellationToken ct)
    {
        if (definition.Git is { } source)
        {
            var (credential, unread) = await secrets.ReadAsync(project, source, ct);
            if (unread is not null) return (definition, unread);
            var (commit, refused) = await git.PinAsync(source, credential, ct);
            return (definition with { Git = source with { Commit = commit } }, refused);
        }

        if (definition.Bundle is not { } bundle) return (definition, null);
        using var client = mesh.OpenForRequest(project);
        ArtifactVersion version;
        try
        {
            version = await client.Project().Artifacts.ResolveAsync(bundle.Key, $"{bundle.Version}", ct);
        }
        catch (MeshException e) when ((int)e.Status == 404)
        {
            return (definition, Rejection.Unprocessable("function.bundle-unknown", $"The project has no artifact '{bundle.Key}' version {bundle.Version}.", "bundle"));
        }
        catch (MeshException e)
        {
            return (definition, new Rejection(RejectionKind.Unavailable, "function.bundle-unchecked", $"The artifacts could not be asked for the code: {e.Message}", "bundle"));
        }

        if (version.Kind is not ArtifactKind.Directory)
            return (definition, Rejection.Unprocessable("function.bundle-kind", $"'{bundle.Key}' version {bundle.Version} is no directory.", "bundle"));
        if (version.Size > CodeBundle.MostBytes)
            return (definition, Rejection.Unprocessable("function.bundle-too-large", $"The files of the code take more than {CodeBundle.MostBytes >> 20} MiB.", "bundle"));
        return (definition with { Bundle = bundle with { Digest = version.Digest } }, null);
    }
}
