namespace Mesh.Postgres;

/// <summary>How the embedded PostgreSQL is found and run.</summary>
public sealed record PostgresOptions
{
    /// <summary>The folder that belongs to this server: cluster, password, log. Made at the first start; one server at a time may use it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Folder with <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c>; null: looked for, see <see cref="PostgresBinaries.FindAsync"/>.</summary>
    public string? BinaryDirectory { get; init; }

    /// <summary>Where downloaded binaries are unpacked; null: <see cref="DefaultCacheDirectory"/>.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>The loopback port; null: the one of the last start when it is free, else any free one.</summary>
    public int? Port { get; init; }

    /// <summary>Connections the server accepts at most.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>False gives up safety against a crash of the machine for speed. For tests only.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Whether a server process that dies by itself is started again, on the same port.</summary>
    public bool KeepRunning { get; init; } = true;

    /// <summary>How long the server outlives a parent that was killed, so that the next start can take it over.</summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Hears one sentence about each thing that takes long or went wrong on the way.</summary>
    public IProgress<string>? Progress { get; init; }

    /// <summary>
    /// <c>~/.mesh/cache</c>; for root <c>/var/cache/mesh</c>, because PostgreSQL refuses to run as root and the user it runs as cannot reach root's home.
    /// </summary>
    public static string DefaultCacheDirectory => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()
        ? "/var/cache/mesh"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".mesh", "cache");

    internal string Cache => Path.GetFullPath(CacheDirectory ?? DefaultCacheDirectory);

    internal void Report(string sentence) => Progress?.Report(sentence);
}
