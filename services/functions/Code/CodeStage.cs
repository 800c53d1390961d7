using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Functions.Code.Git;
using Mesh.Functions.Queue;
using Mesh.Hosting.Clients;

namespace Mesh.Functions.Code;

/// <summary>Lays the code of a function into the working folder of an attempt: from the artifacts of the project, or from a git repository.</summary>
internal sealed class CodeStage(
    IJobMesh mesh, BlobCache cache, GitRepositories git, IGitCredentials credentials, [FromKeyedServices("functions")] ServiceClient services, ILogger<CodeStage> log)
{
    private const UnixFileMode Runnable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <exception cref="AttemptFailedException">It is not there.</exception>
    public async Task LayOutAsync(Staged staged, CancellationToken ct)
    {
        if (staged.Content?.Bundle is { } bundle) await LayOutAsync(staged, bundle, ct);
        if (staged.Content?.Git is not { } source) return;
        var gaps = await git.LayOutAsync(source, await credentials.RevealAsync(staged.Key.Project, staged.Key.JobId, source, ct), staged.Folder.Work, ct);
        if (gaps.Submodules.Count > 0) staged.Output.Note($"The repository has submodules, which are not fetched: {Some(gaps.Submodules)}");
        if (gaps.Pointers.Count > 0) staged.Output.Note($"The repository has files in Git LFS, of which only the pointers are here: {Some(gaps.Pointers)}");
        await TellAsync(staged, source, ct);
    }

    private static string Some(IReadOnlyList<string> paths) => $"{string.Join(", ", paths.Take(5))}{(paths.Count > 5 ? $" and {paths.Count - 5} more" : "")}";

    /// <summary>Tells the run which commit it is of. One that cannot be told runs all the same.</summary>
    private async Task TellAsync(Staged staged, GitSource source, CancellationToken ct)
    {
        var context = new DescribeRunContext(new RunSource(string.Join(' ', staged.Job.Work.Command), null, source.Url, source.Commit, GitDirty: false));
        try
        {
            await services.PostAsync("tracking", $"/api/v1/projects/{staged.Key.Project}/runs/{staged.Key.JobId}/context", context, staged.Key.Project, ct: ct);
        }
        catch (ServiceCallException e)
        {
            log.CommitUntold(staged.Key.JobId, e.Message);
        }
    }

    private async Task LayOutAsync(Staged staged, CodeBundle bundle, CancellationToken ct)
    {
        using var client = mesh.Open(staged.Key.Project, staged.Key.JobId);
        var artifacts = client.Project().Artifacts;
        try
        {
            var version = await artifacts.ResolveAsync(bundle.Key, $"{bundle.Version}", ct);
            if (version.Digest != bundle.Digest)
                throw new AttemptFailedException($"The code '{bundle.Key}' version {bundle.Version} is not what the function was defined with.");
            await foreach (var file in artifacts.FilesAsync(bundle.Key, $"{bundle.Version}", ct: ct))
            {
                var place = PlaceOf(staged.Folder.Work, file);
                // A file of the function itself lies there already and counts.
                if (!File.Exists(place)) await cache.CopyAsync(artifacts, file.Digest, file.Size, place, ct);
                await MarkAsync(place, ct);
            }
        }
        catch (MeshException e) when ((int)e.Status is 404 or 410)
        {
            throw new AttemptFailedException($"The code '{bundle.Key}' version {bundle.Version} is not in the artifacts of the project any more: {e.Message}");
        }
    }

    /// <summary>The place of a file of a directory below a folder.</summary>
    /// <exception cref="AttemptFailedException">It would be outside.</exception>
    public static string PlaceOf(string folder, DirectoryFile file)
    {
        var place = Path.GetFullPath(Path.Combine(folder, file.Path));
        return place.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? place
            : throw new AttemptFailedException($"The file '{file.Path}' would lie outside the working folder.");
    }

    /// <summary>A script with an interpreter line can then be the command itself.</summary>
    private static async Task MarkAsync(string path, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows()) return;
        var start = new byte[2];
        await using (var file = File.OpenRead(path))
        {
            if (await file.ReadAtLeastAsync(start, 2, throwOnEndOfStream: false, ct) < 2) return;
        }

        if (start.AsSpan().SequenceEqual("#!"u8)) File.SetUnixFileMode(path, Runnable);
    }
}

internal static partial class CodeStageLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The run of job {JobId} does not know its commit: {Reason}")]
    public static partial void CommitUntold(this ILogger logger, string jobId, string reason);
}
