namespace Mesh.Functions.Distributed;

/// <summary>Commands that start the processes of a gang themselves.</summary>
internal static class Launchers
{
    private static readonly string[] Mpi = ["mpirun", "mpiexec", "orterun", "prterun", "horovodrun"];

    /// <summary>Whether a command is <c>torchrun</c>, which takes all that it needs from <c>PET_…</c> variables.</summary>
    public static bool IsTorchrun(IReadOnlyList<string> command)
    {
        if (Path.GetFileName(command[0]) == "torchrun") return true;
        for (var i = 1; i + 1 < command.Count; i++)
            if (command[i] == "-m") return command[i + 1] is "torch.distributed.run" or "torch.distributed.launch";
        return false;
    }

    /// <summary>Whether a command starts the ranks of MPI.</summary>
    public static bool IsMpirun(IReadOnlyList<string> command) => Mpi.Contains(Path.GetFileName(command[0]), StringComparer.Ordinal);
}
