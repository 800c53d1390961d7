using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Code.Git;
using Mesh.Functions.Queue;
using Mesh.Hosting.Decisions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Hubs;

/// <summary>What a source of items holds now.</summary>
/// <param name="Revision">A commit, <c>key@version</c>, or a hash.</param>
internal sealed record SourceContent(string Revision, IReadOnlyList<ItemFolder> Items, IReadOnlyList<HubFault> Faults);

/// <summary>Reads the sources of hubs. Nothing of a source is ever run here.</summary>
internal sealed class HubSources(GitRepositories git, GitSecrets secrets, JobMesh mesh, IOptions<FunctionsOptions> options)
{
    /// <summary>The most bytes that a directory has which is a source.</summary>
    private const long MostBytes = 1L << 30;

    /// <summary>Gives the items of a source to <paramref name="take"/> while their files are there; all of it in <c>Functions:HubSeconds</c>.</summary>
    /// <returns>What it made of them, or why the source cannot be read.</returns>
    public async Task<(T? Result, Rejection? Rejected)> ReadAsync<T>(string project, HubSource source, Func<SourceContent, CancellationToken, Task<T>> take, CancellationToken ct) where T : class
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(TimeSpan.FromSeconds(options.Value.HubSeconds));
        var scratch = Directory.CreateTempSubdirectory("mesh-hub-");
        try
        {
            var (folder, revision, gaps, rejected) = await LayOutAsync(project, source, scratch.FullName, limited.Token);
            if (rejected is not null) return (null, rejected);
            var (items, faults) = await ItemFolder.FindAsync(folder!, limited.Token);
            return (await take(new SourceContent(revision ?? RevisionOf(items), items, [.. faults, .. gaps]), limited.Token), null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, Rejection.Unavailable(
                "hub.source-slow", $"The source was not read within {options.Value.HubSeconds.ToString(CultureInfo.InvariantCulture)} s (Functions:HubSeconds). What was taken stays; another refresh goes on."));
        }
        catch (AttemptFailedException e)
        {
            return (null, Rejection.Unprocessable("hub.source-unreadable", e.Message, "source"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, Rejection.Unprocessable("hub.source-unreadable", $"The source could not be read: {e.Message}", "source"));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private async Task<(string? Folder, string? Revision, IReadOnlyList<HubFault> Gaps, Rejection? Rejected)> LayOutAsync(string project, HubSource source, string scratch, CancellationToken ct)
    {
        if (source.Git is { } repository)
        {
            var (credential, unread) = await secrets.ReadAsync(project, repository, ct);
            if (unread is not null) return (null, null, [], unread with { Field = $"source.{unread.Field}" });
            var (commit, refused) = await git.PinAsync(repository, credential, ct);
            if (refused is not null) return (null, null, [], refused with { Field = $"source.{refused.Field}" });
            var gaps = await git.LayOutAsync(repository with { Commit = commit }, credential, scratch, ct);
            return (scratch, commit, [.. gaps.Pointers.Select(path => new HubFault(path, "is a pointer of Git LFS, of which the file is not fetched.")), .. gaps.Submodules.Select(path => new HubFault(path, "is a submodule, which is not fetched."))], null);
        }

        if (source.Folder is { } folder)
        {
            var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
            if (!options.Value.HubRoots.Any(root => GitRepositories.IsWithin(place, root)))
                return (null, null, [], Rejection.Unprocessable("hub.folder-forbidden", $"'{folder}' lies in no folder of Functions:HubRoots.", "source.folder"));
            return Directory.Exists(place)
                ? (place, null, [], null)
                : (null, null, [], Rejection.Unprocessable("hub.folder-unknown", $"There is no folder '{folder}' on the machine of the service.", "source.folder"));
        }

        var (downloaded, at, missing) = await DownloadAsync(project, source.Artifact!, scratch, ct);
        return (downloaded, at, [], missing);
    }

    private async Task<(string? Folder, string? Revision, Rejection? Rejected)> DownloadAsync(string project, string reference, string scratch, CancellationToken ct)
    {
        var parts = reference.Split('@', 2);
        using var client = mesh.OpenForRequest(project);
        try
        {
            var version = await client.Project().Artifacts.ResolveAsync(parts[0], parts.ElementAtOrDefault(1) ?? "latest", ct);
            if (version.Kind is not ArtifactKind.Directory)
                return (null, null, Rejection.Unprocessable("hub.artifact-kind", $"'{reference}' is no directory.", "source.artifact"));
            if (version.Size > MostBytes)
                return (null, null, Rejection.Unprocessable("hub.artifact-too-large", $"'{reference}' holds more than {MostBytes >> 30} GiB.", "source.artifact"));
            await client.Project().Artifacts.DownloadFolderAsync(version.Key, scratch, $"{version.Version}", ct: ct);
            return (scratch, $"{version.Key}@{version.Version}", null);
        }
        catch (MeshException e) when ((int)e.Status == 404)
        {
            return (null, null, Rejection.Unprocessable("hub.artifact-unknown", $"The project has no artifact '{reference}'.", "source.artifact"));
        }
        catch (MeshException e)
        {
            return (null, null, Rejection.Unavailable("hub.artifacts-away", $"The artifacts could not be asked: {e.Message}"));
        }
    }

    /// <summary>One hash for all that lies in a folder.</summary>
    private static string RevisionOf(IReadOnlyList<ItemFolder> items) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Concat(items.Select(item => $"{item.Manifest.Name}@{item.Manifest.Version} {item.Hash}\n").Order(StringComparer.Ordinal)))));
}
