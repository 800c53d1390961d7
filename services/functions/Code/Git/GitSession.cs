using System.Globalization;
using System.Text;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Code.Git;

/// <summary>
/// A folder in which git works for one question, with what opens the repository: gone when the question is answered. Nobody is ever asked for anything, and no
/// configuration of the machine's user counts: what git may do stands here. Of keys of the user only those of ssh are tried, where no secret is named.
/// </summary>
internal sealed class GitSession : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly GitAddress _address;
    private readonly Dictionary<string, string> _environment;
    private readonly List<string> _git;

    private GitSession(GitAddress address, string folder, Dictionary<string, string> environment, List<string> git) => (_address, Folder, _environment, _git) = (address, folder, environment, git);

    /// <summary>Where it works.</summary>
    public string Folder { get; }

    /// <param name="root">Where the folder is made.</param>
    /// <param name="credential">The value of the secret.</param>
    /// <exception cref="GitRefusedException">The secret is none for this repository.</exception>
    public static GitSession Open(string root, GitAddress address, GitSource source, string? credential, FunctionsOptions options)
    {
        var folder = Path.Combine(root, $"{Guid.CreateVersion7():N}{Suffix}");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else
        {
            Directory.CreateDirectory(root);
            Directory.CreateDirectory(folder, Own | UnixFileMode.UserExecute);
        }

        var environment = Tool.Environment();
        environment["GIT_TERMINAL_PROMPT"] = "0";
        environment["GIT_ASKPASS"] = "true";
        environment["SSH_ASKPASS_REQUIRE"] = "never";
        environment["GIT_CONFIG_NOSYSTEM"] = "1";
        environment["LC_ALL"] = "C";
        List<string> git =
        [
            "git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never", "-c", $"protocol.{address.Scheme}.allow=always", "-c", "fetch.recurseSubmodules=false",
            "-c", "transfer.fsckObjects=false", "-c", "gc.auto=0", "-c", "credential.helper=",
        ];
        var session = new GitSession(address, folder, environment, git);
        try
        {
            if (address.Scheme == "https") session.UseHttps(credential, options);
            if (address.Scheme == "ssh") session.UseSsh(source, credential, options);
        }
        catch
        {
            session.Dispose();
            throw;
        }

        return session;
    }

    /// <summary>Ending of the names of such folders.</summary>
    public const string Suffix = ".fetch";

    /// <summary>Runs git in <see cref="Folder"/>.</summary>
    /// <param name="mostBytes">The most that the folder may hold.</param>
    /// <exception cref="GitRefusedException">It holds more.</exception>
    public async Task<ToolEnd> RunAsync(string[] arguments, long mostBytes, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = Tool.RunAsync([.. _git, .. arguments], _environment, Folder, null, limited.Token);
        while (await Task.WhenAny(running, Task.Delay(Look, CancellationToken.None)) != running)
        {
            if (SizeOf(Folder) <= mostBytes) continue;
            await limited.CancelAsync();
            try
            {
                await running;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw TooLarge(_address, mostBytes);
            }
        }

        var end = await running;
        return SizeOf(Folder) <= mostBytes ? end : throw TooLarge(_address, mostBytes);
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody has cleared away.
        }
    }

    internal static GitRefusedException TooLarge(GitAddress address, long mostBytes) => new(Hosting.Decisions.Rejection.Unprocessable(
        "function.git-too-large", $"The repository {address.Text} takes more than {mostBytes >> 20} MiB at that commit (Functions:GitMegabytes). Data goes into artifacts.", "git.url"));

    private void UseHttps(string? credential, FunctionsOptions options)
    {
        // Neither a .netrc nor helpers of the service's user count.
        _environment["HOME"] = Folder;
        _environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        Configure("http.followRedirects", "false");
        Configure("http.lowSpeedLimit", "1000");
        Configure("http.lowSpeedTime", "60");
        if (options.GitCaFile is { } authorities) Configure("http.sslCAInfo", authorities);
        if (_address.Addresses is { } addresses)
            Configure("http.curloptResolve", $"{_address.Host}:{_address.Port.ToString(CultureInfo.InvariantCulture)}:{string.Join(',', addresses.Select(a => a.ToString().Contains(':', StringComparison.Ordinal) ? $"[{a}]" : $"{a}"))}");
        if (credential is null) return;
        var value = credential.Trim();
        if (value.Length == 0 || value.Any(char.IsControl))
            throw new GitRefusedException(Hosting.Decisions.Rejection.Unprocessable("function.git-secret", "The secret of a repository of https must be one line: user:token, or a token alone.", "git.secret"));
        var parts = value.Split(':', 2);
        // In the environment and not among the arguments, which all users of the machine see.
        (_environment["MESH_GIT_USER"], _environment["MESH_GIT_TOKEN"]) = parts is [var user, var token] ? (user, token) : ("git", value);
        var at = new Uri(_address.Text);
        Configure($"credential.https://{at.Authority}.helper", "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$MESH_GIT_USER\" \"$MESH_GIT_TOKEN\"; }; f");
    }

    private void UseSsh(GitSource source, string? credential, FunctionsOptions options)
    {
        _environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        var known = Path.Combine(Folder, "known_hosts");
        Write(known, (source.KnownHosts ?? "").ReplaceLineEndings("\n") + "\n");
        var config = new StringBuilder("Host *\n");
        void Set(string name, string value) => config.Append(CultureInfo.InvariantCulture, $"  {name} {value}\n");
        Set("BatchMode", "yes");
        Set("StrictHostKeyChecking", "yes");
        Set("UpdateHostKeys", "no");
        Set("UserKnownHostsFile", string.Join(' ', new[] { known, options.GitKnownHosts, "~/.ssh/known_hosts" }.OfType<string>().Select(Quoted)));
        Set("HostKeyAlias", _address.KnownAs);
        if (_address.Addresses is [var first, ..]) Set("HostName", $"{first}");
        Set("ConnectTimeout", "20");
        Set("ServerAliveInterval", "15");
        Set("ServerAliveCountMax", "3");
        if (credential is not null)
        {
            var key = Path.Combine(Folder, "key");
            Write(key, credential.ReplaceLineEndings("\n").Trim() + "\n");
            Set("IdentityFile", Quoted(key));
            Set("IdentitiesOnly", "yes");
            Set("IdentityAgent", "none");
        }

        var file = Path.Combine(Folder, "ssh_config");
        Write(file, config.ToString());
        _environment["GIT_SSH_COMMAND"] = $"ssh -F '{file.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        _environment["GIT_SSH_VARIANT"] = "ssh";
    }

    private void Configure(string name, string value) => _git.AddRange(["-c", $"{name}={value}"]);

    private static string Quoted(string path) => $"\"{path.Replace("%", "%%", StringComparison.Ordinal)}\"";

    private static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Own;
        using var writer = new StreamWriter(path, new UTF8Encoding(false), options);
        writer.Write(text);
    }

    private static long SizeOf(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            // Git moves its files about; the next look counts.
            return 0;
        }
    }
}
