using System.Text.Json.Serialization;

namespace Mesh.Contracts.Functions;

/// <summary>What the processes of a distributed function find one another by.</summary>
public enum TrainingFramework
{
    /// <summary>PyTorch, as <c>torchrun</c> and the training operator tell it: roles master and worker.</summary>
    Pytorch,

    /// <summary>TensorFlow with <c>TF_CONFIG</c>: roles chief (or master), worker, ps and evaluator.</summary>
    Tensorflow,

    /// <summary>MPI, Horovod too: roles launcher and worker. The command is what every rank runs; it is started with <c>mpirun</c>.</summary>
    Mpi,

    /// <summary>XGBoost and LightGBM: roles master and worker.</summary>
    Xgboost,

    /// <summary>Any program that knows <c>RANK</c>, <c>WORLD_SIZE</c>, <c>MASTER_ADDR</c> and <c>MASTER_PORT</c>: roles master and worker.</summary>
    Plain,
}

/// <summary>When a distributed job has ended well.</summary>
public enum TrainingSuccess
{
    /// <summary>When its leader has: the master, chief or launcher, or the first worker. The others are ended.</summary>
    Leader,

    /// <summary>When every master, chief, launcher and worker has.</summary>
    AllWorkers,
}

/// <summary>Replicas of one kind.</summary>
/// <param name="Name">The role, as the framework knows it.</param>
/// <param name="Replicas">How many, 1 to 1,000.</param>
/// <param name="Resources">What each replica needs.</param>
/// <param name="Command">Program and arguments; the function's when absent.</param>
public sealed record ReplicaRole(
    string Name, int Replicas = 1, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobResources? Resources = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Command = null);

/// <summary>How far the number of workers may go without ending the training.</summary>
/// <param name="Min">The fewest workers that it goes on with.</param>
/// <param name="Max">The most that may take part.</param>
public sealed record ElasticRange(int Min, int Max);

/// <summary>
/// A function whose jobs are several processes that work together, the same on one machine and on a cluster. An attempt is the whole gang: all of it starts, or none;
/// one process that fails ends the others.
/// </summary>
/// <param name="Framework">How its processes find one another.</param>
/// <param name="Roles">Its replicas by role, each role once.</param>
/// <param name="ProcessesPerNode">Processes of each replica, 1 to 64; more than one with pytorch, mpi and plain only.</param>
/// <param name="Elastic">Pytorch, with workers only: the gang may go on with fewer workers.</param>
/// <param name="MaxRestarts">How often the whole gang is started again within an attempt, 0 to 100; 0 when absent.</param>
/// <param name="Success">When it has ended well; with the leader for tensorflow and mpi, with all workers for the others when absent.</param>
public sealed record Distribution(
    TrainingFramework Framework, IReadOnlyList<ReplicaRole> Roles,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ProcessesPerNode = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ElasticRange? Elastic = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxRestarts = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TrainingSuccess? Success = null)
{
    /// <summary>The most processes of a job.</summary>
    public const int MostProcesses = 1000;

    private static readonly Dictionary<TrainingFramework, string[]> RolesOf = new()
    {
        [TrainingFramework.Pytorch] = ["master", "worker"],
        [TrainingFramework.Tensorflow] = ["chief", "master", "worker", "ps", "evaluator"],
        [TrainingFramework.Mpi] = ["launcher", "worker"],
        [TrainingFramework.Xgboost] = ["master", "worker"],
        [TrainingFramework.Plain] = ["master", "worker"],
    };

    private static readonly string[] Single = ["master", "chief", "launcher", "evaluator"];

    /// <summary>Reports what cannot be.</summary>
    public void Check(Faults faults, string field)
    {
        if (!RolesOf.TryGetValue(Framework, out var known))
        {
            faults.Add($"{field}.framework", $"must be one of {string.Join(", ", Enum.GetNames<TrainingFramework>()).ToLowerInvariant()}.");
            return;
        }

        var framework = Framework.ToString().ToLowerInvariant();
        faults.Require(Roles.Count >= 1, $"{field}.roles", $"must name at least one role; {framework} has {string.Join(", ", known)}.");
        for (var i = 0; i < Roles.Count; i++)
        {
            if (Roles[i] is not { } role) faults.Add($"{field}.roles[{i}]", "must be a role, not null.");
            else Check(faults, role, known, framework, $"{field}.roles[{i}]");
        }

        if (Roles.Any(role => role is null)) return;
        CheckTogether(faults, framework, field);
        CheckElastic(faults, field);
        faults.Require(MaxRestarts is null or (>= 0 and <= 100), $"{field}.maxRestarts", "must be 0 to 100.");
        var most = (long)(ProcessesPerNode ?? 1) * Roles.Sum(role => (long)role.Replicas);
        faults.Require(most <= MostProcesses, $"{field}.roles", $"are {most} processes together; a job has at most {MostProcesses}.");
    }

    private static void Check(Faults faults, ReplicaRole role, string[] known, string framework, string field)
    {
        faults.Require(
            known.Contains(role.Name, StringComparer.Ordinal), $"{field}.name", $"'{role.Name}' is no role of {framework}; it has {string.Join(", ", known)}.");
        faults.Require(role.Replicas is >= 1 and <= 1000, $"{field}.replicas", "must be 1 to 1,000.");
        faults.Require(
            role.Replicas <= 1 || !Single.Contains(role.Name, StringComparer.Ordinal), $"{field}.replicas", $"must be 1: there is one {role.Name}, further processes are workers.");
        JobResources.Check(faults, role.Resources, $"{field}.resources");
        if (role.Command is not null) JobChecks.Command(faults, role.Command, $"{field}.command");
    }

    private void CheckTogether(Faults faults, string framework, string field)
    {
        if (Roles.GroupBy(role => role.Name, StringComparer.Ordinal).FirstOrDefault(roles => roles.Count() > 1) is { } twice)
            faults.Add($"{field}.roles", $"name '{twice.Key}' twice; give each role once, with its number of replicas.");
        faults.Require(!(Has("chief") && Has("master")), $"{field}.roles", "have a chief and a master, which are the same: give one of them.");
        faults.Require(Framework != TrainingFramework.Mpi || Has("worker"), $"{field}.roles", "have no worker: the ranks of mpi run in workers.");
        faults.Require(
            Has("master") || Has("chief") || Has("worker"), $"{field}.roles", "have nobody that leads: give a worker, or a chief or master.");
        faults.Require(ProcessesPerNode is null or (>= 1 and <= 64), $"{field}.processesPerNode", "must be 1 to 64.");
        faults.Require(
            ProcessesPerNode is null or 1 || Framework is TrainingFramework.Pytorch or TrainingFramework.Mpi or TrainingFramework.Plain, $"{field}.processesPerNode",
            $"must be 1 with {framework}: give more replicas instead.");
    }

    private void CheckElastic(Faults faults, string field)
    {
        if (Elastic is null) return;
        faults.Require(Framework == TrainingFramework.Pytorch, $"{field}.elastic", "goes with pytorch only.");
        faults.Require(Roles.All(role => role.Name == "worker"), $"{field}.elastic", "goes with workers only: any of them may lead.");
        faults.Require(Elastic.Min >= 1, $"{field}.elastic.min", "must be 1 or more.");
        faults.Require(Elastic.Max <= 1000, $"{field}.elastic.max", "must be at most 1,000.");
        faults.Require(Elastic.Min <= Elastic.Max, $"{field}.elastic.min", $"must not be more than max, which is {Elastic.Max}.");
        foreach (var role in Roles.Where(role => role.Name == "worker"))
        {
            faults.Require(
                Elastic.Min > Elastic.Max || (role.Replicas >= Elastic.Min && role.Replicas <= Elastic.Max), $"{field}.elastic",
                $"is {Elastic.Min} to {Elastic.Max} workers, and {role.Replicas} are asked for: begin with a number between them.");
        }
    }

    private bool Has(string role) => Roles.Any(r => r.Name == role);
}
