using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Distributed;

/// <summary>Divides what a job has reserved on one machine among the processes of its gang.</summary>
internal static class GangShare
{
    private const string Gpus = "CUDA_VISIBLE_DEVICES";
    private const string Memory = "MESH_MEMORY_BYTES";

    /// <summary>The variables that tell a process what is its own of what the gang has.</summary>
    public static IReadOnlyList<string> Names { get; } = [Gpus, Memory, .. JobVariables.CoreNames];

    /// <summary>Puts what a process may use into its variables. Processes of one replica share its graphics processors; their local rank picks one.</summary>
    /// <param name="variables">Its variables, with the graphics processors of the whole gang.</param>
    /// <param name="whole">What the job has reserved.</param>
    public static void Limit(Dictionary<string, string> variables, GangPlan plan, GangProcess process, JobResources? whole)
    {
        var own = process.Replica.Resources;
        if (own?.MemoryBytes is { } bytes) variables[Memory] = bytes.ToString(CultureInfo.InvariantCulture);
        if ((own?.Cpus / plan.ProcessesPerNode ?? whole?.Cpus / plan.WorldSize) is { } cpus) JobVariables.Limit(variables, cpus);
        if (plan.Replicas.All(replica => replica.Resources?.Gpus is null) || !variables.TryGetValue(Gpus, out var all)) return;
        var before = plan.Replicas.Take(process.Node).Sum(replica => replica.Resources?.Gpus ?? 0);
        variables[Gpus] = string.Join(',', all.Split(',').Skip(before).Take(own?.Gpus ?? 0));
    }
}
