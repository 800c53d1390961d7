using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Kubernetes.Trainer;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Distributed;

/// <summary>Settles the processes of a distributed job: what its function says, with the replicas that the job asks for, and what they need together.</summary>
internal static class GangRequest
{
    /// <summary>The processes as they will run, null where there is one; or why that cannot be.</summary>
    public static (Distribution? Distributed, Rejection? Rejected) Settle(FunctionContent? content, SubmitJob job, Profile profile)
    {
        if (content?.Distributed is not { } declared)
        {
            return job.Replicas is null
                ? (null, null)
                : (null, Rejection.Unprocessable("job.replicas", $"The function '{job.Function}' is not distributed: it has no replicas.", "replicas"));
        }

        if (!profile.IsLocal && content.Outputs is { Count: > 0 })
        {
            return (null, Rejection.Unprocessable(
                "job.distributed-outputs", $"The pods of a distributed function keep no outputs, and '{profile.Name}' is a cluster: log them from the leader, as with mesh.log_artifact.", "profile"));
        }

        if (job.Resources is not null && declared.Roles.Any(role => role.Resources is not null))
        {
            return (null, Rejection.Unprocessable(
                "job.resources-twice", "The roles of the function say what each replica needs, and the job reserves that for all of them: leave out 'resources'.", "resources"));
        }

        if (job.Replicas?.Keys.FirstOrDefault(name => declared.Roles.All(role => role.Name != name)) is { } unknown)
        {
            return (null, Rejection.Unprocessable(
                "job.replicas", $"The function has no role '{unknown}'; it has {string.Join(", ", declared.Roles.Select(role => role.Name))}.", $"replicas.{unknown}"));
        }

        var asked = declared with
        {
            Roles = [.. declared.Roles.Select(role => job.Replicas?.TryGetValue(role.Name, out var replicas) == true ? role with { Replicas = replicas } : role)],
        };
        var faults = new Faults();
        asked.Check(faults, "distributed");
        return faults.Items is [var fault, ..]
            ? (null, Rejection.Unprocessable("job.replicas", $"'{fault.Field}' {fault.Message}", "replicas"))
            : TrainJobRequest.Refuse(asked, profile) is { } refused ? (null, refused) : (asked, null);
    }

    /// <summary>What all replicas need together, so that a worker has room for the whole gang or does not take it; null when nothing is said.</summary>
    public static JobResources? Total(Distribution distributed)
    {
        var (cpus, memory, gpus) = (0.0, 0L, 0);
        foreach (var role in distributed.Roles)
        {
            cpus += role.Replicas * (role.Resources?.Cpus ?? 0);
            memory += role.Replicas * (role.Resources?.MemoryBytes ?? 0);
            gpus += role.Replicas * (role.Resources?.Gpus ?? 0);
        }

        return cpus == 0 && memory == 0 && gpus == 0 ? null : new JobResources(cpus == 0 ? null : cpus, memory == 0 ? null : memory, gpus == 0 ? null : gpus);
    }
}
