using System.Globalization;
using Mesh.Client;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Functions.Inputs;

/// <summary>An input that was found.</summary>
/// <param name="Address">Its address with the version.</param>
/// <param name="Version">The version of an artifact that it is; of a registered model, the one that its version was made from.</param>
internal sealed record FoundInput(string Address, ArtifactVersion Version);

/// <summary>An address stands for nothing that a job can read; the message says why.</summary>
internal sealed class InputMissingException(string message) : Exception(message);

/// <summary>What an address of an input stands for.</summary>
internal static class InputAddress
{
    /// <exception cref="InputMissingException">There is nothing.</exception>
    /// <exception cref="MeshException">The artifacts could not be asked.</exception>
    public static async Task<FoundInput> FindAsync(ProjectClient project, string address, CancellationToken ct)
    {
        if (!MeshUri.TryParse(address, out var uri, out var fault)) throw new InputMissingException($"'{address}' {fault}.");
        if (uri.Project != project.Name) throw new InputMissingException($"{address} is of another project; a job reads what its own project has.");
        try
        {
            if (uri.Kind == MeshUri.RegisteredModel) return await FindModelAsync(project, uri, ct);
            var version = await project.Artifacts.ResolveAsync(uri, ct);
            return new FoundInput(MeshUri.Of(uri.Project, uri.Kind, uri.Key, version.Version).ToString(), version);
        }
        catch (MeshException e) when ((int)e.Status is >= 400 and < 500 and not 429)
        {
            throw new InputMissingException($"{address} is not there: {e.Message}");
        }
    }

    private static async Task<FoundInput> FindModelAsync(ProjectClient project, MeshUri uri, CancellationToken ct)
    {
        var model = await project.Models.ResolveAsync(uri.Version is { } number ? $"{uri.Key}@{number}" : uri.Tag is { } alias ? $"{uri.Key}@{alias}" : uri.Key, ct);
        if (model is not { Artifact: { } artifact, ArtifactVersion: { } version })
            throw new InputMissingException($"{uri} was not made from an artifact of the project, but from {model.Source}.");
        var found = await project.Artifacts.GetVersionAsync(artifact, version, ct);
        return new FoundInput((uri with { Version = model.Version.ToString(CultureInfo.InvariantCulture), Tag = null }).ToString(), found);
    }
}
