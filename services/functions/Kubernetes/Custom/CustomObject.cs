using System.Net;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Mesh.Functions.Kubernetes.Custom;

/// <summary>A custom resource, as it is made and as it is read back.</summary>
internal sealed record CustomObject : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What is asked for; JSON in what is read back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Spec { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CustomStatus? Status { get; set; }

    /// <summary>Those that a selector matches; none where the cluster has no such resource, or does not show it.</summary>
    public static async Task<IReadOnlyList<CustomObject>> ListAsync(Cluster cluster, string resource, string selector, CancellationToken ct)
    {
        try
        {
            return (await cluster.Api.ListAsync<CustomObject>(cluster.PathOf(resource), selector, ct)).Items;
        }
        catch (ClusterException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return [];
        }
    }
}

/// <summary>What is read of a status.</summary>
/// <param name="Conditions">Of resources of training.</param>
/// <param name="ApplicationState">Of a Spark application.</param>
internal sealed record CustomStatus(IReadOnlyList<CustomCondition>? Conditions = null, ApplicationState? ApplicationState = null)
{
    /// <summary>Of a TrainJob, the jobs that it consists of.</summary>
    public IReadOnlyList<ChildJob>? JobsStatus { get; init; }
}

/// <summary>A job of a TrainJob.</summary>
internal sealed record ChildJob(string Name, int? Ready = null);

/// <summary>Where a Spark application is (sparkoperator.k8s.io/v1beta2).</summary>
internal sealed record ApplicationState(string? State = null, string? ErrorMessage = null);

/// <summary>A condition; the newest that is true says where the job is.</summary>
internal sealed record CustomCondition(string Type, string Status, string? Reason = null, string? Message = null, DateTime? LastTransitionTime = null);
