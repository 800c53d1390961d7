using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts.Functions;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Code.Git;

/// <summary>
/// Code from git repositories: which commit is meant, and its files. Nothing of a repository is run, no hook, filter or submodule: files are taken
/// from the commit as an archive, which the worker keeps.
/// </summary>
internal sealed class GitRepositories(MeshOptions mesh, IOptions<FunctionsOptions> options, TimeProvider clock)
{
    // What a server says that gives only what it has named, or that cannot give less than everything.
    private static readonly string[] OnlyNamed = ["not our ref", "unadvertised object", "does not support shallow", "no such remote ref", "couldn't find remote ref"];
    private const long MostBytesOfAnswer = 64L << 20;

    private readonly string _root = Path.Combine(mesh.DataPath, "cache", "git");

    private TimeSpan PinPatience => TimeSpan.FromSeconds(options.Value.GitAnswerSeconds);

    private TimeSpan FetchPatience => TimeSpan.FromSeconds(options.Value.GitFetchSeconds);

    private long MostBytes => options.Value.GitMegabytes << 20;

    /// <summary>The commit that a source means now.</summary>
    /// <param name="credential">What opens the repository.</param>
    public async Task<(string? Commit, Rejection? Rejected)> PinAsync(GitSource source, string? credential, CancellationToken ct)
    {
        var (parsed, refused) = GitAddress.Parse(source.Url, options.Value.GitRoots);
        if (parsed is null) return (null, refused);
        if (source.Ref is { } commit && IsCommit(commit)) return (commit, null);
        string[] names = source.Ref is { } name ? [$"refs/tags/{name}^{{}}", $"refs/tags/{name}", $"refs/heads/{name}"] : ["HEAD"];
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(PinPatience);
        try
        {
            var (address, closed) = await parsed.ResolveAsync(options.Value.GitHosts, limited.Token);
            if (address is null) return (null, closed);
            Sweep();
            using var session = GitSession.Open(_root, address, source, credential, options.Value);
            var end = await session.RunAsync(["ls-remote", "--", address.Text, .. names], MostBytesOfAnswer, limited.Token);
            if (end.Code != 0) return (null, GitCause.Of(address, credential is not null, end));
            var found = end.Output.Split('\n').Select(line => line.Split('\t')).Where(parts => parts.Length == 2).ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
            return names.Select(found.GetValueOrDefault).FirstOrDefault(hash => hash is not null) is { } pinned
                ? (pinned, null)
                : (null, Rejection.Unprocessable("function.git-ref-unknown", $"The repository {source.Url} has no branch or tag '{source.Ref ?? "HEAD"}'; a commit is named by all its 40 digits.", "git.ref"));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, new Rejection(RejectionKind.Unavailable, "function.git-unreachable", $"The repository {source.Url} did not answer within {PinPatience.TotalSeconds} s.", "git.url"));
        }
        catch (GitRefusedException e)
        {
            return (null, e.Rejection);
        }
        catch (AttemptFailedException e)
        {
            return (null, new Rejection(RejectionKind.Unavailable, "function.git-missing", $"{e.Message} Functions from git need it.", "git"));
        }
    }

    /// <summary>Lays the files of the commit into a folder; what is there already stays.</summary>
    /// <param name="credential">What opens the repository.</param>
    /// <returns>What of the commit is not there.</returns>
    /// <exception cref="AttemptFailedException">They cannot be had.</exception>
    public async Task<GitGaps> LayOutAsync(GitSource source, string? credential, string folder, CancellationToken ct)
    {
        // The operator may have taken a folder away since.
        var (address, refused) = GitAddress.Parse(source.Url, options.Value.GitRoots);
        if (address is null) throw new AttemptFailedException(refused!.Detail);
        // Who cannot open a repository finds nothing here of what others have fetched from it.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source.Url}\n{source.Commit}\n{source.Folder}{(credential is null ? "" : $"\n{credential}")}")));
        var archive = Path.Combine(_root, $"{key}.tar");
        FileStream file;
        while (true)
        {
            if (!File.Exists(archive)) await FetchAsync(source, address, credential, archive, ct);
            try
            {
                file = File.OpenRead(archive);
                break;
            }
            catch (FileNotFoundException)
            {
                // It was cleared away in between.
            }
        }

        await using var read = file;
        File.SetLastWriteTimeUtc(file.SafeFileHandle, clock.GetUtcNow().UtcDateTime);
        var submodules = File.Exists(SubmodulesOf(archive)) ? await File.ReadAllLinesAsync(SubmodulesOf(archive), ct) : [];
        return new GitGaps(submodules, await GitArchive.LayOutAsync(file, folder, MostBytes, ct));
    }

    private async Task FetchAsync(GitSource source, GitAddress parsed, string? credential, string archive, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(FetchPatience);
        try
        {
            var (address, closed) = await parsed.ResolveAsync(options.Value.GitHosts, limited.Token);
            if (address is null) throw new AttemptFailedException(closed!.Detail);
            Sweep();
            using var session = GitSession.Open(_root, address, source, credential, options.Value);
            async Task<ToolEnd> RunAsync(params string[] arguments) => await session.RunAsync(arguments, MostBytes, limited.Token);
            void Must(ToolEnd end)
            {
                if (end.Code != 0) throw new GitRefusedException(GitCause.Of(address, credential is not null, end));
            }

            Must(await RunAsync("init", "--quiet", "--bare", Repository));
            var one = await RunAsync("-C", Repository, "fetch", "--quiet", "--no-tags", "--depth=1", "--", address.Text, source.Commit!);
            // A server may refuse to give a commit that no name points to any more; what names point to has it, or it is gone.
            if (one.Code != 0 && one.Lines.Any(line => OnlyNamed.Any(said => line.Contains(said, StringComparison.OrdinalIgnoreCase))))
                one = await RunAsync("-C", Repository, "fetch", "--quiet", "--", address.Text, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*");
            Must(one);
            var tree = source.Folder is { } part ? $"{source.Commit}:{part.TrimEnd('/')}" : source.Commit!;
            var partial = Path.Combine(session.Folder, "code.tar");
            var packed = await RunAsync("-C", Repository, "archive", "--format=tar", $"--output={partial}", tree);
            if (packed.Code != 0) throw new AttemptFailedException($"The repository {source.Url} has no commit {source.Commit}{(source.Folder is null ? "" : $" with a folder '{source.Folder}'")}: {packed.LastLine}");
            var listed = await RunAsync("-C", Repository, "ls-tree", "-r", tree);
            Must(listed);
            await File.WriteAllLinesAsync(SubmodulesOf(partial), listed.Output.Split('\n').Where(line => line.StartsWith("160000 ", StringComparison.Ordinal)).Select(line => line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..]), ct);
            File.Move(SubmodulesOf(partial), SubmodulesOf(archive), overwrite: true);
            File.Move(partial, archive, overwrite: true);
            Prune(archive);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new AttemptFailedException($"The repository {source.Url} was not fetched within {FetchPatience.TotalSeconds} s.");
        }
        catch (GitRefusedException e)
        {
            throw new AttemptFailedException(e.Message);
        }
    }

    private const string Repository = "repository";

    private static string SubmodulesOf(string archive) => $"{archive}.submodules";

    /// <summary>Removes what was not used for the longest time, as far as there is too much. The newest stays.</summary>
    private void Prune(string newest)
    {
        var kept = 0L;
        foreach (var file in new DirectoryInfo(_root).EnumerateFiles("*.tar").OrderByDescending(file => file.FullName == newest).ThenByDescending(file => file.LastWriteTimeUtc))
        {
            kept += file.Length;
            if (kept <= options.Value.CacheMegabytes << 20 || file.FullName == newest) continue;
            file.Delete();
            File.Delete(SubmodulesOf(file.FullName));
        }
    }

    /// <summary>Removes what a service that was killed has left, keys among it.</summary>
    private void Sweep()
    {
        if (!Directory.Exists(_root)) return;
        var oldest = clock.GetUtcNow().UtcDateTime - FetchPatience - PinPatience;
        foreach (var left in new DirectoryInfo(_root).EnumerateDirectories($"*{GitSession.Suffix}"))
        {
            if (left.CreationTimeUtc >= oldest) continue;
            try
            {
                left.Delete(recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another one did it.
            }
        }
    }

    /// <summary>Whether a path lies below a folder, and no link is on the way.</summary>
    internal static bool IsWithin(string path, string root)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return false;
        // A link below the root may lead anywhere.
        for (var current = path; current.Length > folder.Length; current = Path.GetDirectoryName(current)!)
            if (new DirectoryInfo(current).LinkTarget is not null) return false;
        return true;
    }

    private static bool IsCommit(string name) => name.Length == 40 && name.All(char.IsAsciiHexDigitLower);
}
