using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Distributed;

/// <summary>
/// What each process of a gang is told of the others: Mesh's own variables, and those of its framework exactly as Kubeflow's training operator (kubeflow.org/v1),
/// its MPI operator (kubeflow.org/v2beta1) and <c>torchrun</c> set them.
/// </summary>
internal static class GangContract
{
    /// <summary>The role of a process.</summary>
    public const string Role = "MESH_ROLE";

    /// <summary>The number of its replica within its role.</summary>
    public const string Replica = "MESH_REPLICA";

    /// <summary>How often the gang was started again in this attempt.</summary>
    public const string Restart = "MESH_RESTART";

    /// <summary>A folder that stays from one start of the gang, and from one attempt, to the next.</summary>
    public const string Checkpoint = "MESH_CHECKPOINT";

    /// <summary>The variables of one process.</summary>
    /// <param name="runId">What the starts of one gang have in common.</param>
    /// <param name="restart">How often the gang was started before.</param>
    public static Dictionary<string, string> Of(GangPlan plan, GangProcess process, GangAddresses at, string runId, int restart)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Role] = process.Replica.Role,
            [Replica] = Text(process.Replica.Index),
            [Restart] = Text(restart),
        };
        switch (plan.Framework)
        {
            case TrainingFramework.Plain:
                Ranks(variables, plan, process, at);
                break;
            case TrainingFramework.Pytorch:
                Ranks(variables, plan, process, at);
                Pytorch(variables, plan, process, at, runId, restart);
                break;
            case TrainingFramework.Xgboost:
                Ranks(variables, plan, process, at);
                Xgboost(variables, at);
                break;
            case TrainingFramework.Tensorflow:
                if (plan.Replicas.Count > 1) variables["TF_CONFIG"] = TensorflowConfig(plan, process, at);
                break;
            case TrainingFramework.Mpi:
                Mpi(variables, plan, process, at);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(plan));
        }

        return variables;
    }

    private static void Ranks(Dictionary<string, string> variables, GangPlan plan, GangProcess process, GangAddresses at)
    {
        variables["MASTER_ADDR"] = at.Leader.Host;
        variables["MASTER_PORT"] = Text(at.Leader.Port);
        variables["WORLD_SIZE"] = Text(plan.WorldSize);
        variables["RANK"] = Text(process.Rank);
        // An agent tells its processes itself which of them they are.
        if (Launchers.IsTorchrun(process.Replica.Command)) return;
        variables["LOCAL_RANK"] = Text(process.LocalRank);
        variables["LOCAL_WORLD_SIZE"] = Text(plan.ProcessesPerNode);
    }

    private static void Pytorch(Dictionary<string, string> variables, GangPlan plan, GangProcess process, GangAddresses at, string runId, int restart)
    {
        variables["PET_NPROC_PER_NODE"] = Text(plan.ProcessesPerNode);
        variables["PET_NNODES"] = plan.Elastic is { } range ? $"{Text(range.Min)}:{Text(range.Max)}" : Text(plan.Replicas.Count);
        if (plan.Elastic is not null)
        {
            variables["PET_RDZV_BACKEND"] = "c10d";
            variables["PET_RDZV_ENDPOINT"] = $"{at.Leader.Host}:{Text(at.Leader.Port)}";
            variables["PET_RDZV_ID"] = runId;
            variables["PET_MAX_RESTARTS"] = Text(plan.MaxRestarts);
        }
        else
        {
            variables["PET_NODE_RANK"] = Text(process.Node);
            variables["PET_MASTER_ADDR"] = at.Leader.Host;
            variables["PET_MASTER_PORT"] = Text(at.Leader.Port);
        }

        if (Launchers.IsTorchrun(process.Replica.Command)) return;
        variables["GROUP_RANK"] = Text(process.Node);
        variables["TORCHELASTIC_RUN_ID"] = runId;
        variables["TORCHELASTIC_RESTART_COUNT"] = Text(restart);
        variables["TORCHELASTIC_MAX_RESTARTS"] = Text(plan.MaxRestarts);
    }

    private static void Xgboost(Dictionary<string, string> variables, GangAddresses at)
    {
        if (at.Nodes.Count == 1) return;
        variables["WORKER_PORT"] = Text(at.Nodes[1].Port);
        variables["WORKER_ADDRS"] = string.Join(',', at.Nodes.Skip(1).Select(node => node.Host));
    }

    /// <summary>The evaluator is no part of the cluster that it is told of.</summary>
    private static string TensorflowConfig(GangPlan plan, GangProcess process, GangAddresses at)
    {
        var cluster = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        for (var node = 0; node < plan.Replicas.Count; node++)
        {
            var role = plan.Replicas[node].Role;
            if (role == "evaluator") continue;
            if (!cluster.TryGetValue(role, out var hosts)) cluster[role] = hosts = [];
            hosts.Add($"{at.Nodes[node].Host}:{Text(at.Nodes[node].Port)}");
        }

        return JsonSerializer.Serialize(new
        {
            cluster,
            task = new { type = process.Replica.Role, index = process.Replica.Index },
            environment = "cloud",
        });
    }

    /// <summary>Ranks that are started without <c>mpirun</c> find what Open MPI tells its own.</summary>
    private static void Mpi(Dictionary<string, string> variables, GangPlan plan, GangProcess process, GangAddresses at)
    {
        variables["MASTER_ADDR"] = at.Leader.Host;
        variables["MASTER_PORT"] = Text(at.Leader.Port);
        if (process.Replica.Role == "launcher") return;
        variables["OMPI_COMM_WORLD_SIZE"] = Text(plan.WorldSize);
        variables["OMPI_COMM_WORLD_RANK"] = Text(process.Rank);
        variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = Text(plan.ProcessesPerNode);
        variables["OMPI_COMM_WORLD_LOCAL_RANK"] = Text(process.LocalRank);
        variables["OMPI_COMM_WORLD_NODE_RANK"] = Text(process.LocalRank);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
