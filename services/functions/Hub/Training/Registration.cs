using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;

namespace Mesh.Hub.Training;

/// <summary>What a job registered before.</summary>
internal static class Registration
{
    /// <summary>The version that this run registered in an earlier attempt: the same seed gives the same model, so one is enough.</summary>
    public static async Task<ModelVersion?> EarlierAsync(Job job, string model, CancellationToken ct)
    {
        if (await job.Project.Models.FindAsync(model, ct) is null) return null;
        // The clocks of two services need not agree to the second.
        var begun = (await job.Project.Runs.GetAsync(job.Run.Id, ct: ct)).CreatedAt - TimeSpan.FromMinutes(5);
        await foreach (var version in job.Project.Models.VersionsAsync(model, ct))
        {
            if (version.CreatedAt < begun) return null;
            if (version.RunId == job.Run.Id) return version;
        }

        return null;
    }
}
