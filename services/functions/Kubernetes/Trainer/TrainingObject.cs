using System.Net;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>A custom resource of distributed training, as it is made and as it is read back.</summary>
internal sealed record TrainingObject : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What is asked for; of what is read back nothing is needed of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Spec { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainingStatus? Status { get; set; }

    /// <summary>Those that a selector matches; none where the cluster has no such resource, or does not show it.</summary>
    public static async Task<IReadOnlyList<TrainingObject>> ListAsync(Cluster cluster, string resource, string selector, CancellationToken ct)
    {
        try
        {
            return (await cluster.Api.ListAsync<TrainingObject>(cluster.PathOf(resource), selector, ct)).Items;
        }
        catch (ClusterException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return [];
        }
    }
}

/// <summary>The status that all of them have in common.</summary>
internal sealed record TrainingStatus(IReadOnlyList<TrainingCondition>? Conditions = null);

/// <summary>A condition; the newest that is true says where the job is.</summary>
internal sealed record TrainingCondition(string Type, string Status, string? Reason = null, string? Message = null, DateTime? LastTransitionTime = null);

/// <summary>Replicas of one role (kubeflow.org/v1 and kubeflow.org/v2beta1).</summary>
internal sealed record ReplicaSpec(int Replicas, string RestartPolicy, V1PodTemplateSpec Template);

/// <summary>Policies of a job of the operators.</summary>
internal sealed record RunPolicy(string CleanPodPolicy, int? TtlSecondsAfterFinished, long? ActiveDeadlineSeconds, int BackoffLimit, bool Suspend, SchedulingPolicy SchedulingPolicy);

/// <summary>All or nothing, where the cluster has a scheduler of gangs.</summary>
internal sealed record SchedulingPolicy(int MinAvailable);

/// <summary>kubeflow.org/v1 PyTorchJob.</summary>
internal sealed record PyTorchJobSpec(
    RunPolicy RunPolicy, IReadOnlyDictionary<string, ReplicaSpec> PytorchReplicaSpecs, string NprocPerNode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ElasticPolicy? ElasticPolicy = null);

/// <summary>The range of an elastic PyTorchJob.</summary>
internal sealed record ElasticPolicy(int MinReplicas, int MaxReplicas, string RdzvBackend, string RdzvId, int MaxRestarts);

/// <summary>kubeflow.org/v1 TFJob.</summary>
internal sealed record TFJobSpec(RunPolicy RunPolicy, IReadOnlyDictionary<string, ReplicaSpec> TfReplicaSpecs, string SuccessPolicy);

/// <summary>kubeflow.org/v1 XGBoostJob.</summary>
internal sealed record XGBoostJobSpec(RunPolicy RunPolicy, IReadOnlyDictionary<string, ReplicaSpec> XgbReplicaSpecs);

/// <summary>kubeflow.org/v2beta1 MPIJob.</summary>
internal sealed record MPIJobSpec(RunPolicy RunPolicy, int SlotsPerWorker, string LauncherCreationPolicy, string MpiImplementation, IReadOnlyDictionary<string, ReplicaSpec> MpiReplicaSpecs);
