using Mesh.Contracts.Functions;

namespace Mesh.Functions.Distributed;

/// <summary>A replica of a gang: what a pod is on a cluster.</summary>
/// <param name="Index">Its number within its role, from 0.</param>
internal sealed record GangReplica(string Role, int Index, IReadOnlyList<string> Command, JobResources? Resources)
{
    public string Name => $"{Role}-{Index}";
}

/// <summary>A process of a gang.</summary>
/// <param name="Node">The place of its replica in the gang, from 0, which leads.</param>
/// <param name="LocalRank">Its number within its replica, from 0.</param>
/// <param name="Rank">Its number in the gang, from 0.</param>
/// <param name="Label">How its output is told apart.</param>
internal sealed record GangProcess(GangReplica Replica, int Node, int LocalRank, int Rank, string Label);

/// <summary>Who takes part in a distributed job, in the order of the ranks: the leader, workers, parameter servers, the evaluator.</summary>
/// <param name="ProcessesPerNode">Processes of each replica.</param>
internal sealed record GangPlan(
    TrainingFramework Framework, IReadOnlyList<GangReplica> Replicas, int ProcessesPerNode, ElasticRange? Elastic, int MaxRestarts, TrainingSuccess Success)
{
    private static readonly string[] Order = ["launcher", "master", "chief", "worker", "ps", "evaluator"];

    /// <summary>The plan of a distributed job.</summary>
    /// <param name="command">The function's command, which replicas run whose role has none of its own.</param>
    public static GangPlan Of(Distribution distributed, IReadOnlyList<string> command) => new(
        distributed.Framework,
        [.. distributed.Roles.OrderBy(role => Array.IndexOf(Order, role.Name))
            .SelectMany(role => Enumerable.Range(0, role.Replicas).Select(index => new GangReplica(role.Name, index, role.Command ?? command, role.Resources)))],
        distributed.ProcessesPerNode ?? 1, distributed.Elastic, distributed.MaxRestarts ?? 0,
        distributed.Success ?? (distributed.Framework is TrainingFramework.Tensorflow or TrainingFramework.Mpi ? TrainingSuccess.Leader : TrainingSuccess.AllWorkers));

    /// <summary>The plan of a distributed job on one machine.</summary>
    /// <param name="hasMpirun">Whether the machine has an <c>mpirun</c>, which then starts the ranks of MPI.</param>
    public static GangPlan Of(Distribution distributed, IReadOnlyList<string> command, bool hasMpirun) =>
        distributed.Framework == TrainingFramework.Mpi ? MpiLaunch.PlanOf(distributed, command, hasMpirun) : Of(distributed, command);

    /// <summary>Processes of the whole gang, as its programs count them.</summary>
    public int WorldSize => Replicas.Count * ProcessesPerNode;

    /// <summary>
    /// The processes to start. A replica whose command is <c>torchrun</c> is one process that starts the others itself.
    /// </summary>
    public IReadOnlyList<GangProcess> Processes()
    {
        var processes = new List<GangProcess>(WorldSize);
        for (var node = 0; node < Replicas.Count; node++)
        {
            var replica = Replicas[node];
            if (ProcessesPerNode == 1 || Launchers.IsTorchrun(replica.Command)) processes.Add(new GangProcess(replica, node, 0, node, replica.Name));
            else
            {
                for (var local = 0; local < ProcessesPerNode; local++)
                    processes.Add(new GangProcess(replica, node, local, (node * ProcessesPerNode) + local, $"{replica.Name}:{local}"));
            }
        }

        return processes;
    }

    /// <summary>Whether the gang has done its work when these have ended well.</summary>
    public bool IsDone(IReadOnlySet<GangReplica> endedWell) => Success == TrainingSuccess.Leader
        ? endedWell.Contains(Replicas[0])
        : Replicas.All(replica => replica.Role is "ps" or "evaluator" || endedWell.Contains(replica));

    /// <summary>The plan after a failure: an elastic gang goes on without the replica that failed, as long as enough are left.</summary>
    public GangPlan After(GangReplica failed) => Elastic is { } elastic && Replicas.Count > elastic.Min
        ? this with { Replicas = [.. Replicas.Where(replica => replica != failed).Select((replica, index) => replica with { Index = index })] }
        : this;

    /// <summary>The plan after several failures, each of the replica at a place of the gang of its time.</summary>
    public GangPlan After(IEnumerable<int> failed) => failed.Aggregate(this, (plan, node) => plan.After(plan.Replicas[node]));
}
