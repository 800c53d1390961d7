using System.Diagnostics;
using System.Net.Sockets;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Code.Git;

/// <summary>OpenSSH's server on a port of this machine, which lets in who has <see cref="PrivateKey"/>.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    private readonly Process _process;

    private SshServer(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public required string PrivateKey { get; init; }

    /// <summary>Its line of <c>known_hosts</c>.</summary>
    public required string KnownHosts { get; init; }

    public string UrlOf(TestRepository repository) => $"ssh://{Environment.UserName}@localhost:{Port}{repository.Folder}";

    /// <summary>A new pair of keys: the private one, and the line of the public one.</summary>
    public static async Task<(string Private, string Public)> KeysAsync(string folder)
    {
        var file = Path.Combine(folder, $"{Guid.CreateVersion7():N}");
        await TestRepository.RunAsync("ssh-keygen", folder, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file);
        return (await File.ReadAllTextAsync(file), (await File.ReadAllTextAsync($"{file}.pub")).Trim());
    }

    public static async Task<SshServer> StartAsync(string folder)
    {
        var program = new[] { "/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "sshd is not here.");
        // Where it locks its unprivileged part in; a machine without a running one has no such folder.
        if (Environment.IsPrivilegedProcess) Directory.CreateDirectory("/run/sshd");
        var ((hostKey, hostPublic), (userKey, userPublic)) = (await KeysAsync(folder), await KeysAsync(folder));
        var (keyFile, allowed, config) = (Path.Combine(folder, "host_key"), Path.Combine(folder, "authorized_keys"), Path.Combine(folder, "sshd_config"));
        await File.WriteAllTextAsync(keyFile, hostKey);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(allowed, userPublic + "\n");
        var port = FreePorts.One();
        await File.WriteAllTextAsync(config, $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {keyFile}
            AuthorizedKeysFile {allowed}
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            PidFile none

            """);
        var info = new ProcessStartInfo(program!, ["-D", "-e", "-f", config]) { RedirectStandardError = true };
        var process = Process.Start(info)!;
        var said = process.StandardError.ReadToEndAsync();
        await Eventually.Holds(async () =>
        {
            if (process.HasExited) Assert.Fail(await said);
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync("127.0.0.1", port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return new SshServer(process, port) { PrivateKey = userKey, KnownHosts = $"[localhost]:{port} {hostPublic}" };
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
