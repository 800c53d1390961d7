using System.CommandLine;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary>What opens a git repository.</summary>
internal static class GitOptions
{
    public static readonly Option<string?> Secret = new("--git-secret") { Description = "Git: the secret of the project that opens the repository: user:token for https, a private key for ssh.", HelpName = "name" };
    public static readonly Option<string?> KnownHosts = new("--known-hosts") { Description = "Git over ssh: a file with the keys that the host may have, as ssh-keyscan writes it.", HelpName = "file" };

    public static bool AreGiven(Context context) => context.Get(Secret) is not null || context.Get(KnownHosts) is not null;

    public static GitSource Open(Context context, GitSource source)
    {
        var file = context.Get(KnownHosts);
        if (file is not null && !File.Exists(file)) throw new UsageException($"There is no file {file}.");
        return source with { Secret = context.Get(Secret), KnownHosts = file is null ? null : File.ReadAllText(file) };
    }
}
