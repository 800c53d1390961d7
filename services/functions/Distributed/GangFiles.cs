using System.Text.Json;
using Mesh.Contracts;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>A start of a gang, as whoever goes on with it needs to know it.</summary>
/// <param name="Restart">How often it was started before.</param>
/// <param name="HasMpirun">Whether its ranks are started by the machine's <c>mpirun</c>.</param>
/// <param name="Ports">Where it listens.</param>
/// <param name="Failed">The replicas that had failed, each by its place in the gang of its time.</param>
/// <param name="Whole">What the gang as a whole may use, as variables: each process knows its own part of it alone.</param>
internal sealed record GangStart(int Restart, bool HasMpirun, IReadOnlyList<int> Ports, IReadOnlyList<int> Failed, IReadOnlyDictionary<string, string> Whole);

/// <summary>What the processes of a gang share with whoever follows them: the files of each, and the start that they belong to.</summary>
internal sealed class GangFiles(string folder)
{
    private readonly string _start = Path.Combine(folder, "start");

    /// <summary>The files of a process.</summary>
    public ProcessFiles Of(GangProcess process) => new(Path.Combine(folder, process.Label));

    /// <summary>Notes a start, before any of its processes begins; what an earlier one left is removed.</summary>
    public async Task BeginAsync(GangStart start)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(_start + ".new", JsonSerializer.Serialize(start, MeshJson.Strict));
        File.Move(_start + ".new", _start);
    }

    /// <summary>The start whose processes may still be there; null for none.</summary>
    public GangStart? Read() => File.Exists(_start) ? JsonSerializer.Deserialize<GangStart>(File.ReadAllText(_start), MeshJson.Strict) : null;
}
