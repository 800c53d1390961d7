using System.Globalization;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Distributed;

/// <summary>How the ranks of an MPI job are started: by <c>mpirun</c>, in the launcher.</summary>
internal static class MpiLaunch
{
    /// <summary>Name of the program.</summary>
    public const string Program = "mpirun";

    /// <summary>Ranks of all workers.</summary>
    public static int RanksOf(Distribution distributed) => distributed.Roles.Where(role => role.Name == "worker").Sum(role => role.Replicas) * (distributed.ProcessesPerNode ?? 1);

    /// <summary>Whether the definition says itself how the ranks are started: the launcher has a command, or the function's is <c>mpirun</c>.</summary>
    public static bool IsGiven(Distribution distributed, IReadOnlyList<string> command) => LaunchersOwn(distributed) is not null || Launchers.IsMpirun(command);

    /// <summary>The launcher's command. How many slots there are, and where, it finds in the hostfile.</summary>
    public static IReadOnlyList<string> CommandOf(Distribution distributed, IReadOnlyList<string> command) =>
        LaunchersOwn(distributed) ?? (Launchers.IsMpirun(command) ? command : [Program, "-np", Text(RanksOf(distributed)), .. command]);

    /// <summary>The plan of an MPI job on one machine: the launcher alone where there is an <c>mpirun</c>, else its ranks.</summary>
    public static GangPlan PlanOf(Distribution distributed, IReadOnlyList<string> command, bool hasMpirun)
    {
        var plan = GangPlan.Of(distributed, command);
        if (!hasMpirun && !IsGiven(distributed, command)) return plan with { Replicas = [.. plan.Replicas.Where(replica => replica.Role == "worker")], Success = TrainingSuccess.AllWorkers };
        return plan with { Replicas = [new GangReplica("launcher", 0, CommandOf(distributed, command), null)], ProcessesPerNode = 1, Success = TrainingSuccess.Leader };
    }

    /// <summary>The hostfile of one machine: as Open MPI reads it, or as Hydra (MPICH, Intel MPI) does.</summary>
    public static string HostsOf(int slots, bool forHydra) => forHydra ? $"localhost:{Text(slots)}\n" : $"localhost slots={Text(slots)}\n";

    /// <summary>What the launcher is told, as the MPI operator tells it.</summary>
    public static Dictionary<string, string> VariablesOf(string openMpiHosts, string hydraHosts, int slots) => new(StringComparer.Ordinal)
    {
        ["K_MPI_JOB_ROLE"] = "launcher",
        ["OMPI_MCA_orte_keep_fqdn_hostnames"] = "true",
        ["OMPI_MCA_orte_default_hostfile"] = openMpiHosts,
        ["OMPI_MCA_orte_set_default_slots"] = Text(slots),
        // Open MPI 5 asks its own runtime, under another name.
        ["PRTE_MCA_prte_default_hostfile"] = openMpiHosts,
        ["I_MPI_HYDRA_HOST_FILE"] = hydraHosts,
        ["I_MPI_PERHOST"] = Text(slots),
        ["HYDRA_HOST_FILE"] = hydraHosts,
        // Where jobs run as root, Open MPI would refuse to start.
        ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
        ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
    };

    private static IReadOnlyList<string>? LaunchersOwn(Distribution distributed) => distributed.Roles.FirstOrDefault(role => role.Name == "launcher")?.Command;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
