using System.Globalization;

namespace Mesh.Client;

/// <summary>What the environment says: the variables that a job gets, and the files of the <c>mesh</c> command.</summary>
public static class MeshEnvironment
{
    /// <summary>
    /// Address, token and project from <c>MESH_API</c>, <c>MESH_TOKEN</c>, <c>MESH_PROJECT</c>. A missing token is read from
    /// <c>admin.token</c> in the data folder (<c>MESH_DATA</c>, or <c>~/.mesh</c>), but only for a mesh on this machine: a token never leaves
    /// for an address that it was not made for.
    /// </summary>
    public static MeshClientOptions Options()
    {
        var api = new Uri(Variable("MESH_API") ?? MeshClientOptions.DefaultApi);
        return new MeshClientOptions
        {
            Api = api,
            Token = Variable("MESH_TOKEN") ?? (api.IsLoopback ? AdminToken() : null),
            Project = Variable("MESH_PROJECT"),
            // A job outlives a restart of the mesh; a script at a terminal should not wait that long for one that is not there.
            RetryFor = RunId() is null ? TimeSpan.FromSeconds(15) : TimeSpan.FromMinutes(2),
        };
    }

    /// <summary>The data folder of a mesh on this machine.</summary>
    public static string DataFolder() =>
        Variable("MESH_DATA") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".mesh");

    /// <summary>
    /// Where metrics wait for a mesh that is away: <c>MESH_SPOOL</c>, or <c>mesh/spool</c> in the folder of the user's state (<c>XDG_STATE_HOME</c>,
    /// <c>~/.local/state</c>; on Windows the local application data). Null when <c>MESH_SPOOL</c> is <c>off</c>, and for a user with no such folder.
    /// </summary>
    public static string? SpoolFolder()
    {
        if (Variable("MESH_SPOOL") is { } named) return named.Equals("off", StringComparison.OrdinalIgnoreCase) ? null : Path.GetFullPath(named);
        var state = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Variable("XDG_STATE_HOME") ?? (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".local", "state") : "");
        return Path.IsPathFullyQualified(state) ? Path.Combine(state, "mesh", "spool") : null;
    }

    /// <summary>Id of the run that this process is, when the mesh started it (<c>MESH_RUN_ID</c>).</summary>
    public static Guid? RunId() => Guid.TryParse(Variable("MESH_RUN_ID"), out var id) ? id : null;

    /// <summary>Number of the attempt that this process is (<c>MESH_ATTEMPT</c>), 1 when the mesh did not say.</summary>
    public static int Attempt() =>
        int.TryParse(Variable("MESH_ATTEMPT"), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) ? attempt : 1;

    private static string? AdminToken()
    {
        var path = Path.Combine(DataFolder(), "admin.token");
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
