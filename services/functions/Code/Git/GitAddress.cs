using System.Net;
using System.Net.Sockets;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Network;

namespace Mesh.Functions.Code.Git;

/// <summary>
/// The address of a repository in the one form that git is given, so that what was checked here is what it connects to.
/// </summary>
/// <param name="Text">The address.</param>
/// <param name="Scheme"><c>https</c>, <c>ssh</c> or <c>file</c>.</param>
/// <param name="Host">Name of the host; empty for files.</param>
/// <param name="Port">Its port; -1 for files.</param>
/// <param name="Addresses">Addresses that are to be connected to; null when git is to resolve the name itself.</param>
internal sealed record GitAddress(string Text, string Scheme, string Host, int Port, IReadOnlyList<IPAddress>? Addresses = null)
{
    private const int SshPort = 22;

    /// <summary>The host as <c>known_hosts</c> names it.</summary>
    public string KnownAs => Port == SshPort ? Host : $"[{Host}]:{Port}";

    /// <summary>Reads an address, or says why it may not be one.</summary>
    /// <param name="roots">Folders below which <c>file</c> addresses may lie.</param>
    public static (GitAddress? Address, Rejection? Rejected) Parse(string url, IReadOnlyList<string> roots)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "ssh" or "file"))
            return Refuse($"'{Hidden(url)}' must be an address of https or ssh, such as https://host/team/project.git.");
        var user = address.UserInfo;
        if (user.Length > 0 && (address.Scheme != "ssh" || user.Contains(':', StringComparison.Ordinal)))
        {
            return Refuse("The address of a repository must not hold a password or token: everybody in the project sees it. Put it into a secret of the project"
                + " (mesh secrets set NAME), as user:token, and name that in 'git.secret'.");
        }

        if (address.Query.Length > 0 || address.Fragment.Length > 0) return Refuse($"'{url}' must end with its path, without '?' and '#'.");
        if (address.Scheme == "file")
        {
            var path = Path.GetFullPath(address.LocalPath);
            return address.Host.Length == 0 && roots.Any(root => GitRepositories.IsWithin(path, root))
                ? (new GitAddress(url, address.Scheme, "", -1), null)
                : Refuse($"'{url}' lies in no folder of Functions:GitRoots.");
        }

        if (address.IdnHost is "" or ['-', ..] || user is ['-', ..] || user.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))) return Refuse($"'{url}' names no host.");
        var port = address.Port > 0 ? address.Port : SshPort;
        var place = address.HostNameType == UriHostNameType.IPv6 ? $"[{address.IdnHost}]" : address.IdnHost;
        var shown = (address.IsDefaultPort && address.Scheme == "https") || (address.Scheme == "ssh" && port == SshPort) ? "" : $":{port}";
        return (new GitAddress($"{address.Scheme}://{(user.Length > 0 ? $"{user}@" : "")}{place}{shown}{address.AbsolutePath}", address.Scheme, address.IdnHost, port), null);
    }

    /// <summary>
    /// The same with the addresses that its host has now, all of the open internet: whoever may define functions must not make the service ask the operator's own network.
    /// </summary>
    /// <param name="allowed">Hosts that may have other addresses; <c>*</c> for all.</param>
    public async Task<(GitAddress? Address, Rejection? Rejected)> ResolveAsync(IReadOnlyList<string> allowed, CancellationToken ct)
    {
        if (Scheme == "file" || allowed.Any(host => host == "*" || host.Equals(Host, StringComparison.OrdinalIgnoreCase))) return (this, null);
        IPAddress[] found;
        try
        {
            // A proxy of the operator resolves names itself, and decides where it goes.
            if (!IPAddress.TryParse(Host, out var literal) && Scheme == "https" && HttpClient.DefaultProxy.GetProxy(new Uri(Text)) is not null) return (this, null);
            found = literal is not null ? [literal] : await Dns.GetHostAddressesAsync(Host, ct);
        }
        catch (SocketException)
        {
            return (null, new Rejection(RejectionKind.Unprocessable, "function.git-unreachable", $"The host '{Host}' of the repository {Text} is not known.", "git.url"));
        }

        var usable = found.Where(PublicAddress.Is).ToList();
        return usable.Count > 0
            ? (this with { Addresses = usable }, null)
            : (null, new Rejection(
                RejectionKind.Unprocessable, "function.git-host", $"The host '{Host}' is not on the open internet. The operator allows it by naming it in Functions:GitHosts.", "git.url"));
    }

    private static (GitAddress?, Rejection?) Refuse(string detail) => (null, Rejection.Unprocessable("function.git-url", detail, "git.url"));

    /// <summary>Without what stands before an <c>@</c>: it may be a password.</summary>
    private static string Hidden(string url) => url.LastIndexOf('@') is > 0 and var at ? $"…{url[at..]}" : url;
}
