using System.Diagnostics;
using System.Text.Json;

namespace Mesh.Cli.Lifecycle;

/// <summary>One process of a running mesh, as its state file names it.</summary>
internal sealed record RunningProcess(string Name, int Pid, string Address, string Log)
{
    public bool IsAlive() => RunningMesh.Alive(Pid);

    /// <summary>Resident memory in bytes, 0 where it cannot be read.</summary>
    public long Memory()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return process.WorkingSet64;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return 0;
        }
    }
}

/// <summary>The mesh that runs on a data folder of this machine: what its state file <c>mesh.json</c> says.</summary>
internal sealed record RunningMesh(int Pid, string Address, string Shape, string PostgresPort, DateTimeOffset StartedAt, bool Ready, IReadOnlyList<RunningProcess> Processes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The running mesh, or null. A file that a crash left behind does not count.</summary>
    public static RunningMesh? Read(string data)
    {
        try
        {
            var state = JsonSerializer.Deserialize<RunningMesh>(File.ReadAllText(Path.Combine(data, "mesh.json")), Json);
            return state is not null && Alive(state.Pid) && IsLocked(data) ? state : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A killed mesh's number may belong to another process, or to its own remains; the lock on the folder ends with the mesh itself.
    private static bool IsLocked(string data)
    {
        var path = Path.Combine(data, ".lock");
        if (!File.Exists(path)) return false;
        try
        {
            using var free = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public static bool Alive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
