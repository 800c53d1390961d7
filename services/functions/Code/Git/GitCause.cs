using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Code.Git;

/// <summary>What kept a repository from being read, from what git and ssh say about it.</summary>
internal static class GitCause
{
    // What git adds to every failure, whatever it was.
    private static readonly string[] Hints =
    [
        "Please make sure you have the correct access rights", "and the repository exists.", "fatal: Could not read from remote repository.",
        "fatal: the remote end hung up unexpectedly", "fatal: early EOF",
    ];

    /// <param name="hasSecret">Whether a secret was named.</param>
    public static Rejection Of(GitAddress address, bool hasSecret, ToolEnd end)
    {
        bool Says(params ReadOnlySpan<string> texts)
        {
            foreach (var text in texts)
                if (end.Lines.Any(line => line.Contains(text, StringComparison.OrdinalIgnoreCase))) return true;
            return false;
        }

        if (Says("REMOTE HOST IDENTIFICATION HAS CHANGED"))
        {
            return Refuse(
                "function.git-host-key", "git.knownHosts",
                $"The host '{address.KnownAs}' has another key than the one that is known of it. If that is right, give its new line of known_hosts in 'git.knownHosts', or the operator changes Functions:GitKnownHosts.");
        }

        if (Says("Host key verification failed"))
        {
            var scan = address.Port == 22 ? address.Host : $"-p {address.Port} {address.Host}";
            return Refuse(
                "function.git-host-key", "git.knownHosts",
                $"The key of the host '{address.KnownAs}' is not known. Give its lines of known_hosts in 'git.knownHosts' (ssh-keyscan {scan}, compared with what the host publishes), or the operator does in Functions:GitKnownHosts.");
        }

        if (Says("error in libcrypto", "invalid format", "incorrect passphrase") && address.Scheme == "ssh")
            return Refuse("function.git-secret", "git.secret", "The secret of the repository must be a private key as ssh-keygen writes it, without a passphrase.");
        if (Says("Permission denied (", "Authentication failed", "could not read Username", "could not read Password", "returned error: 401", "returned error: 403", "Too many authentication failures"))
        {
            return Refuse("function.git-denied", "git.secret", (hasSecret, address.Scheme) switch
            {
                (true, _) => $"The repository {address.Text} does not open to the secret that is named in 'git.secret'.",
                (_, "ssh") => $"The repository {address.Text} asks for a key: put a private key into a secret of the project (mesh secrets set NAME), and name it in 'git.secret'.",
                _ => $"The repository {address.Text} asks for a user, or is not there: put user:token into a secret of the project (mesh secrets set NAME), and name it in 'git.secret'.",
            });
        }

        if (Says("certificate verif", "SSL certificate problem", "server certificate", "no alternative certificate subject name"))
        {
            return Refuse(
                "function.git-certificate", "git.url",
                $"The certificate of '{address.Host}' is not trusted: {LineOf(end)}. The operator names the certificates of its authority in Functions:GitCaFile.");
        }

        if (Says("returned error: 301", "returned error: 302", "returned error: 307", "returned error: 308"))
            return Refuse("function.git-unreachable", "git.url", $"The repository {address.Text} is elsewhere: its server answers with a redirect, which is not followed. Give the address that it leads to; often that is the same with '.git' at its end.");
        return Refuse("function.git-unreachable", "git.url", $"The repository {address.Text} could not be read: {LineOf(end)}");
    }

    private static Rejection Refuse(string code, string field, string detail) => Rejection.Unprocessable(code, detail, field);

    /// <summary>The last line that says more than that something went wrong.</summary>
    private static string LineOf(ToolEnd end) => end.Lines.LastOrDefault(line => !string.IsNullOrWhiteSpace(line) && !Hints.Contains(line.Trim()))?.Trim() ?? end.LastLine;
}
