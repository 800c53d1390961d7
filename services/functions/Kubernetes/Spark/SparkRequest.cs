using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Profiles;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Kubernetes.Spark;

/// <summary>Refuses jobs of Spark functions that could only fail later.</summary>
internal static class SparkRequest
{
    /// <summary>Why a job cannot be; null when it can, or is no Spark application.</summary>
    public static Rejection? Refuse(FunctionContent? content, SubmitJob job, Profile profile)
    {
        if (content?.Spark is null) return null;
        if (profile.Executor != ProfileExecutor.Kubernetes)
        {
            return Rejection.Unprocessable(
                "job.spark-profile", $"'{job.Function}' is a Spark application, which runs on clusters, and the profile '{profile.Name}' runs processes: name a profile of a cluster with the Spark operator.",
                "profile");
        }

        return job.Resources is null
            ? null
            : Rejection.Unprocessable(
                "job.spark-resources", "The driver and the executors of a Spark application have their own sizes, which its function says in spark.driver and spark.executor: leave out 'resources'.",
                "resources");
    }
}
