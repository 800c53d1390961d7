using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts.Functions;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Mesh.Hosting.Decisions;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Code;

/// <summary>
/// Code from git repositories: which commit is meant, and its files. Nothing of a repository is run, no hook, filter or submodule: files are taken
/// from the commit as an archive, which the worker keeps.
/// </summary>
internal sealed class GitRepositories(MeshOptions mesh, IOptions<FunctionsOptions> options)
{
    private static readonly TimeSpan PinPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FetchPatience = TimeSpan.FromMinutes(15);

    private static readonly string[] Git =
    [
        "git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never", "-c", "protocol.https.allow=always", "-c", "protocol.ssh.allow=always",
        "-c", "protocol.file.allow=always", "-c", "http.followRedirects=initial", "-c", "fetch.recurseSubmodules=false", "-c", "transfer.fsckObjects=false",
    ];

    private readonly string _root = Path.Combine(mesh.DataPath, "cache", "git");

    /// <summary>The commit that a source means now.</summary>
    public async Task<(string? Commit, Rejection? Rejected)> PinAsync(GitSource source, CancellationToken ct)
    {
        if (RefuseUrl(source.Url) is { } refused) return (null, refused);
        if (source.Ref is { } commit && IsCommit(commit)) return (commit, null);
        string[] names = source.Ref is { } name ? [$"refs/tags/{name}^{{}}", $"refs/tags/{name}", $"refs/heads/{name}"] : ["HEAD"];
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(PinPatience);
        try
        {
            var end = await RunAsync(["ls-remote", "--", source.Url, .. names], "/", limited.Token);
            if (end.Code != 0) return (null, Rejection.Unprocessable("function.git-unreachable", $"The repository {source.Url} could not be read: {end.LastLine}", "git.url"));
            var found = end.Output.Split('\n').Select(line => line.Split('\t')).Where(parts => parts.Length == 2).ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
            return names.Select(found.GetValueOrDefault).FirstOrDefault(hash => hash is not null) is { } pinned
                ? (pinned, null)
                : (null, Rejection.Unprocessable("function.git-ref-unknown", $"The repository {source.Url} has no branch or tag '{source.Ref ?? "HEAD"}'; a commit is named by all its 40 digits.", "git.ref"));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, new Rejection(RejectionKind.Unavailable, "function.git-unreachable", $"The repository {source.Url} did not answer within {PinPatience.TotalSeconds} s.", "git.url"));
        }
        catch (AttemptFailedException e)
        {
            return (null, new Rejection(RejectionKind.Unavailable, "function.git-missing", $"{e.Message} Functions from git need it.", "git"));
        }
    }

    /// <summary>Lays the files of the commit into a folder; what is there already stays.</summary>
    /// <exception cref="AttemptFailedException">They cannot be had.</exception>
    public async Task LayOutAsync(GitSource source, string folder, CancellationToken ct)
    {
        // The operator may have taken a folder away since.
        if (RefuseUrl(source.Url) is { } refused) throw new AttemptFailedException(refused.Detail);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source.Url}\n{source.Commit}\n{source.Folder}")));
        var archive = Path.Combine(_root, $"{key}.tar");
        if (!File.Exists(archive)) await FetchAsync(source, archive, ct);
        await using var file = File.OpenRead(archive);
        await using var reader = new TarReader(file);
        while (await reader.GetNextEntryAsync(cancellationToken: ct) is { } entry)
        {
            var place = Path.GetFullPath(Path.Combine(folder, entry.Name));
            if (place.TrimEnd('/') != folder && !place.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new AttemptFailedException($"The file '{entry.Name}' of the repository would lie outside the working folder.");
            await LayOutAsync(entry, place, folder, ct);
        }
    }

    private static async Task LayOutAsync(TarEntry entry, string place, string folder, CancellationToken ct)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Directory.CreateDirectory(place);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile when !Path.Exists(place):
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                // A link that leads elsewhere is never written through: links are refused below unless they stay inside.
                await entry.ExtractToFileAsync(place, overwrite: false, ct);
                break;
            case TarEntryType.SymbolicLink when !Path.Exists(place):
                var target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(place)!, entry.LinkName));
                if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                    throw new AttemptFailedException($"'{entry.Name}' of the repository is a link that leads outside.");
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.CreateSymbolicLink(place, entry.LinkName);
                break;
        }
    }

    private async Task FetchAsync(GitSource source, string archive, CancellationToken ct)
    {
        Directory.CreateDirectory(_root);
        var folder = Path.Combine(_root, $"{Guid.CreateVersion7():N}.fetch");
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(FetchPatience);
        try
        {
            await MustAsync(source, await RunAsync(["init", "--quiet", "--bare", folder], _root, limited.Token));
            var one = await RunAsync(["fetch", "--quiet", "--no-tags", "--depth=1", "--", source.Url, source.Commit!], folder, limited.Token);
            // A server may refuse to give a commit that no name points to any more; what names point to has it, or it is gone.
            if (one.Code != 0) await MustAsync(source, await RunAsync(["fetch", "--quiet", "--", source.Url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"], folder, limited.Token));
            var tree = source.Folder is { } part ? $"{source.Commit}:{part.TrimEnd('/')}" : source.Commit!;
            var partial = Path.Combine(folder, "code.tar");
            var packed = await RunAsync(["archive", "--format=tar", $"--output={partial}", tree], folder, limited.Token);
            if (packed.Code != 0) throw new AttemptFailedException($"The repository {source.Url} has no commit {source.Commit}{(source.Folder is null ? "" : $" with a folder '{source.Folder}'")}: {packed.LastLine}");
            File.Move(partial, archive, overwrite: true);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new AttemptFailedException($"The repository {source.Url} was not fetched within {FetchPatience.TotalMinutes} min.");
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static Task MustAsync(GitSource source, ToolEnd end) =>
        end.Code == 0 ? Task.CompletedTask : throw new AttemptFailedException($"The repository {source.Url} could not be fetched: {end.LastLine}");

    private static Task<ToolEnd> RunAsync(string[] arguments, string folder, CancellationToken ct)
    {
        var environment = Tool.Environment();
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_ASKPASS"] = "true";
        environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["LC_ALL"] = "C";
        return Tool.RunAsync([.. Git, .. arguments], environment, folder, null, ct);
    }

    private Rejection? RefuseUrl(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "ssh" or "file"))
            return Refuse($"'{url}' must be an address of https or ssh, such as https://host/team/project.git.");
        if (address.UserInfo.Contains(':', StringComparison.Ordinal)) return Refuse("The address of a repository must not hold a password: everybody in the project sees it.");
        if (address.Scheme != "file") return address.Host is "" or ['-', ..] ? Refuse($"'{url}' names no host.") : null;
        var path = Path.GetFullPath(address.LocalPath);
        return address.Host.Length == 0 && options.Value.GitRoots.Any(root => IsWithin(path, root))
            ? null
            : Refuse($"'{url}' lies in no folder of Functions:GitRoots.");
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

    private static Rejection Refuse(string detail) => Rejection.Unprocessable("function.git-url", detail, "git.url");

    private static bool IsCommit(string name) => name.Length == 40 && name.All(char.IsAsciiHexDigitLower);
}
