namespace Mesh.Postgres;

/// <summary>
/// The user PostgreSQL runs as. That is the current one, except for root: PostgreSQL refuses to run as root, so it runs as the owner of an existing
/// cluster, else as <c>postgres</c>, else as <c>nobody</c>.
/// </summary>
internal sealed record ServerUser(string Name, string? Ids)
{
    private static readonly ServerUser Self = new(Environment.UserName, null);

    /// <summary>Whether the server runs as somebody else, whom its files must belong to.</summary>
    public bool IsOther => Ids is not null;

    public static async Task<ServerUser> ForAsync(string cluster, CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
        {
            return Self;
        }

        if (Directory.Exists(cluster))
        {
            var owner = await new Command("stat", "-c", "%U %u:%g", cluster).RunAsync(ct);
            if (owner.Succeeded && owner.Output.Split(' ') is [var name, var ids] && !ids.StartsWith("0:", StringComparison.Ordinal))
            {
                return new ServerUser(name, ids);
            }
        }

        var users = File.Exists("/etc/passwd") ? await File.ReadAllLinesAsync("/etc/passwd", ct) : [];
        return Find(users, "postgres") ?? Find(users, "nobody") ?? new ServerUser("nobody", "65534:65534");
    }

    /// <summary>The command, run as this user. <paramref name="data"/> is the folder the command must be able to reach.</summary>
    public Command Run(string program, string data, params IReadOnlyList<string> arguments)
    {
        if (Ids is null)
        {
            return new Command(program, arguments);
        }

        var (uid, gid) = (Ids.Split(':')[0], Ids.Split(':')[1]);
        string[] search = [];
        if (!IsReachable(data))
        {
            // A data folder in root's home: the server may look through the folders above its own, which gives it no right to write anywhere else.
            var capability = SearchCapability() ?? throw new PostgresServerException(
                $"PostgreSQL does not run as root but as '{Name}', who may not enter the folders above {data}. Choose a data folder elsewhere, such as /var/lib/mesh.");
            search = ["--inh-caps=-all,+" + capability, "--ambient-caps=-all,+" + capability];
        }

        return new Command("setpriv", ["--reuid=" + uid, "--regid=" + gid, "--clear-groups", .. search, "--", program, .. arguments]);
    }

    /// <summary>Makes the user the owner of a file or folder and all below it.</summary>
    public async Task OwnAsync(string path, CancellationToken ct)
    {
        if (Ids is null)
        {
            return;
        }

        // -h: the server's user could have put a link there to a file that is not its own.
        var result = await new Command("chown", "-Rh", Ids, path).RunAsync(ct);
        if (!result.Succeeded)
        {
            throw new PostgresServerException($"PostgreSQL runs as '{Name}', who could not be made the owner of {path}: {result.Output}");
        }
    }

    /// <summary>Whether everybody may pass through all folders above and open this one.</summary>
    public static bool IsReachable(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(folder) && (File.GetUnixFileMode(folder) & UnixFileMode.OtherExecute) == 0)
            {
                return false;
            }
        }

        return true;
    }

    // Containers often grant the stronger right only, some neither.
    private static string? SearchCapability()
    {
        (string Name, int Bit)[] enough = [("dac_read_search", 2), ("dac_override", 1)];
        var bounding = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("CapBnd:", StringComparison.Ordinal));
        var set = bounding is null ? ulong.MaxValue : Convert.ToUInt64(bounding["CapBnd:".Length..].Trim(), 16);
        return enough.FirstOrDefault(c => (set >> c.Bit & 1) == 1).Name;
    }

    private static ServerUser? Find(string[] passwd, string name) =>
        passwd.Select(line => line.Split(':')).FirstOrDefault(f => f.Length > 3 && f[0] == name) is { } fields
            ? new ServerUser(name, $"{fields[2]}:{fields[3]}")
            : null;
}
