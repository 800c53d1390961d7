using Mesh.Contracts.Functions;
using Mesh.Functions.Code.Git;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// What code from git takes in a pod: the value of the secret that opens the repository, and what the operator trusts hosts by. They are files of the stage, which
/// the program does not see.
/// </summary>
/// <param name="folder">Where they lie.</param>
internal sealed class PodGit(string folder) : IGitCredentials
{
    private const string Credential = "credential";
    private const string Authorities = "ca.pem";
    private const string KnownHosts = "known_hosts";

    /// <summary>The files for an attempt, by name; none where its code is not from git.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> FilesAsync(AttemptExecution execution, FunctionsOptions options, CancellationToken ct)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        if (execution.Content?.Git is null) return files;
        if (execution.GitCredential is { } credential) files[Credential] = credential;
        if (options.GitCaFile is { } authorities) files[Authorities] = await File.ReadAllTextAsync(authorities, ct);
        if (options.GitKnownHosts is { } hosts) files[KnownHosts] = await File.ReadAllTextAsync(hosts, ct);
        return files;
    }

    /// <summary>What it says of the operator's settings. What a pod reaches it may ask: it is no part of the platform.</summary>
    public FunctionsOptions Set(FunctionsOptions options)
    {
        (options.GitHosts, options.GitCaFile, options.GitKnownHosts) = (["*"], Find(Authorities), Find(KnownHosts));
        return options;
    }

    public async Task<string?> RevealAsync(string project, string jobId, GitSource source, CancellationToken ct) =>
        source.Secret is not null && Find(Credential) is { } file ? await File.ReadAllTextAsync(file, ct) : null;

    private string? Find(string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? path : null;
}
