using Mesh.Contracts.Functions;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>What a TrainJob can be: nodes that are alike, all of which have to end well.</summary>
internal static class TrainJobRequest
{
    /// <summary>Why a distributed job cannot run in a profile of TrainJobs; null when it can, or when the profile has none.</summary>
    public static Rejection? Refuse(Distribution distributed, Profile profile) => profile.IsLocal || profile.Options.Trainer != TrainerVersion.V2 || FaultOf(distributed) is not { } fault
        ? null
        : Rejection.Unprocessable(
            "job.distributed-trainer",
            $"The profile '{profile.Name}' runs distributed functions as TrainJobs (its setting Trainer is v2), {fault}. A profile with Trainer v1 can, and so can processes.", "profile");

    private static string? FaultOf(Distribution distributed) => distributed switch
    {
        { Framework: TrainingFramework.Tensorflow } => "which know nothing of TF_CONFIG and of roles such as ps",
        { Framework: TrainingFramework.Mpi } => "and of those Mesh makes none with a launcher of mpi",
        { Elastic: not null } => "which cannot go on with fewer nodes: leave out 'elastic'",
        { Success: TrainingSuccess.Leader } => "which end when all nodes have: leave out 'success'",
        { Framework: TrainingFramework.Plain, ProcessesPerNode: > 1 } => "which start one process in each node: leave out 'processesPerNode'",
        _ when distributed.Roles.Select(role => role.Resources).Distinct().Count() > 1 => "whose nodes all need the same: give each role the same 'resources'",
        _ when distributed.Roles.Skip(1).Any(role => !(role.Command ?? []).SequenceEqual(distributed.Roles[0].Command ?? [])) => "whose nodes all run the same: give each role the same 'command'",
        _ => null,
    };
}
