using System.Globalization;
using System.Security.Cryptography;

namespace Mesh.Postgres;

/// <summary>
/// What a data directory holds: <c>cluster/</c> (PostgreSQL's own), <c>password</c> (readable by its owner only), <c>owner</c> (the mark of the process
/// that runs the server, locked while it lives) and <c>server.log</c>.
/// </summary>
internal sealed class Cluster(string folder)
{
    public const string Superuser = "mesh";

    /// <summary>The data directory.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>PostgreSQL's own folder, its PGDATA.</summary>
    public string Data => Path.Combine(Folder, "cluster");

    public string Log => Path.Combine(Folder, "server.log");

    public string Owner => Path.Combine(Folder, "owner");

    public string Settings => Path.Combine(Data, "postgresql.conf");

    public string PidFile => Path.Combine(Data, "postmaster.pid");

    private string PasswordFile => Path.Combine(Folder, "password");

    /// <summary>The major version that made the cluster, null when there is none yet.</summary>
    public int? Major => File.Exists(Path.Combine(Data, "PG_VERSION"))
        ? int.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim().Split('.')[0], CultureInfo.InvariantCulture)
        : null;

    /// <summary>Makes the data directory, closed to others, but for passing through where the server runs as another user.</summary>
    public void Prepare(ServerUser user)
    {
        Directory.CreateDirectory(Folder);
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            File.SetUnixFileMode(Folder, user.IsOther ? Own | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : Own);
        }
    }

    /// <summary>Makes the cluster when there is none. A cluster half made by a start that was killed is made anew.</summary>
    public async Task InitializeAsync(PostgresBinaries binaries, ServerUser user, bool durable, CancellationToken ct)
    {
        if (Directory.Exists(Data))
        {
            return;
        }

        var staging = Path.Combine(Folder, "cluster.new");
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }

        Directory.CreateDirectory(staging);
        await user.OwnAsync(staging, ct);
        if (!File.Exists(PasswordFile))
        {
            await WritePrivateAsync(PasswordFile, RandomNumberGenerator.GetHexString(48, lowercase: true), ct);
        }

        // initdb reads the password as the server's user, who may not read ours.
        var copy = Path.Combine(Folder, "password.initdb");
        try
        {
            await WritePrivateAsync(copy, await ReadPasswordAsync(ct), ct);
            await user.OwnAsync(copy, ct);
            string[] locale = binaries.Version.Major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] : ["--locale=C"];
            string[] sync = durable ? [] : ["--no-sync"];
            var result = await user.Run(binaries.Program("initdb"), Folder, [
                "-D", staging, "-U", Superuser, "--pwfile=" + copy, "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions", .. locale, .. sync,
            ]).RunAsync(ct);
            if (!result.Succeeded)
            {
                throw new PostgresServerException($"PostgreSQL {binaries.Version} could not make its cluster in {Folder}: {result.Output}");
            }
        }
        finally
        {
            File.Delete(copy);
        }

        Directory.Move(staging, Data);
    }

    /// <summary>The superuser's password.</summary>
    /// <exception cref="PostgresServerException">The file is gone.</exception>
    public async Task<string> ReadPasswordAsync(CancellationToken ct) => File.Exists(PasswordFile)
        ? (await File.ReadAllTextAsync(PasswordFile, ct)).Trim()
        : throw new PostgresServerException($"{PasswordFile} is missing, so nobody can log in to the cluster beside it. Restore the file from a backup.");

    /// <summary>The process id of the server that wrote <c>postmaster.pid</c>, null when it does not run any more.</summary>
    public int? RunningProcess()
    {
        string? first;
        try
        {
            first = File.ReadLines(PidFile).FirstOrDefault();
        }
        catch (IOException)
        {
            return null;
        }

        return int.TryParse(first, CultureInfo.InvariantCulture, out var pid) && ServerProcess.IsServer(pid, Data) ? pid : null;
    }

    /// <summary>The end of the server's log, for error messages.</summary>
    public string LogTail()
    {
        try
        {
            return string.Join('\n', File.ReadLines(Log).TakeLast(8));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Keeps the log from growing without end: a log of more than 16 MB is put aside, replacing the one put aside before.</summary>
    public void RotateLog()
    {
        if (new FileInfo(Log) is { Exists: true, Length: > 16 << 20 })
        {
            File.Move(Log, Log + ".old", overwrite: true);
        }
    }

    private static async Task WritePrivateAsync(string path, string text, CancellationToken ct)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var writer = new StreamWriter(path, how);
        await writer.WriteAsync(text.AsMemory(), ct);
    }
}
