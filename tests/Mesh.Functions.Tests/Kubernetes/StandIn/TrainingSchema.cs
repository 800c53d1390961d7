using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>The fields of the custom resources of training, as their definitions list them: kubeflow.org/v1 of the training operator 1.9, kubeflow.org/v2beta1 of the MPI operator.</summary>
internal static class TrainingSchema
{
    public sealed class PyTorchJob : Resource<PyTorchJobSpec>;

    public sealed class TFJob : Resource<TFJobSpec>;

    public sealed class XGBoostJob : Resource<XGBoostJobSpec>;

    public sealed class MPIJob : Resource<MPIJobSpec>;

    public class Resource<TSpec>
    {
        [JsonPropertyName("apiVersion")] public string? ApiVersion { get; set; }

        [JsonPropertyName("kind")] public string? Kind { get; set; }

        [JsonPropertyName("metadata")] public V1ObjectMeta? Metadata { get; set; }

        [JsonPropertyName("spec")] public TSpec? Spec { get; set; }
    }

    public sealed class PyTorchJobSpec
    {
        [JsonPropertyName("elasticPolicy")] public ElasticPolicy? ElasticPolicy { get; set; }

        [JsonPropertyName("nprocPerNode")] public string? NprocPerNode { get; set; }

        [JsonPropertyName("pytorchReplicaSpecs")] public Dictionary<string, ReplicaSpec>? Replicas { get; set; }

        [JsonPropertyName("runPolicy")] public RunPolicy? RunPolicy { get; set; }
    }

    public sealed class TFJobSpec
    {
        [JsonPropertyName("enableDynamicWorker")] public bool EnableDynamicWorker { get; set; }

        [JsonPropertyName("runPolicy")] public RunPolicy? RunPolicy { get; set; }

        [JsonPropertyName("successPolicy")] public string? SuccessPolicy { get; set; }

        [JsonPropertyName("tfReplicaSpecs")] public Dictionary<string, ReplicaSpec>? Replicas { get; set; }
    }

    public sealed class XGBoostJobSpec
    {
        [JsonPropertyName("runPolicy")] public RunPolicy? RunPolicy { get; set; }

        [JsonPropertyName("xgbReplicaSpecs")] public Dictionary<string, ReplicaSpec>? Replicas { get; set; }
    }

    public sealed class MPIJobSpec
    {
        [JsonPropertyName("launcherCreationPolicy")] public string? LauncherCreationPolicy { get; set; }

        [JsonPropertyName("mpiImplementation")] public string? MpiImplementation { get; set; }

        [JsonPropertyName("mpiReplicaSpecs")] public Dictionary<string, ReplicaSpec>? Replicas { get; set; }

        [JsonPropertyName("runLauncherAsWorker")] public bool RunLauncherAsWorker { get; set; }

        [JsonPropertyName("runPolicy")] public RunPolicy? RunPolicy { get; set; }

        [JsonPropertyName("slotsPerWorker")] public int SlotsPerWorker { get; set; }

        [JsonPropertyName("sshAuthMountPath")] public string? SshAuthMountPath { get; set; }
    }

    public sealed class ReplicaSpec
    {
        [JsonPropertyName("replicas")] public int Replicas { get; set; }

        [JsonPropertyName("restartPolicy")] public string? RestartPolicy { get; set; }

        [JsonPropertyName("template")] public V1PodTemplateSpec? Template { get; set; }
    }

    public sealed class RunPolicy
    {
        [JsonPropertyName("activeDeadlineSeconds")] public long ActiveDeadlineSeconds { get; set; }

        [JsonPropertyName("backoffLimit")] public int BackoffLimit { get; set; }

        [JsonPropertyName("cleanPodPolicy")] public string? CleanPodPolicy { get; set; }

        [JsonPropertyName("managedBy")] public string? ManagedBy { get; set; }

        [JsonPropertyName("schedulingPolicy")] public SchedulingPolicy? SchedulingPolicy { get; set; }

        [JsonPropertyName("suspend")] public bool Suspend { get; set; }

        [JsonPropertyName("ttlSecondsAfterFinished")] public int TtlSecondsAfterFinished { get; set; }
    }

    public sealed class SchedulingPolicy
    {
        [JsonPropertyName("minAvailable")] public int MinAvailable { get; set; }

        [JsonPropertyName("minResources")] public Dictionary<string, ResourceQuantity>? MinResources { get; set; }

        [JsonPropertyName("priorityClass")] public string? PriorityClass { get; set; }

        [JsonPropertyName("queue")] public string? Queue { get; set; }

        [JsonPropertyName("scheduleTimeoutSeconds")] public int ScheduleTimeoutSeconds { get; set; }
    }

    public sealed class ElasticPolicy
    {
        [JsonPropertyName("maxReplicas")] public int MaxReplicas { get; set; }

        [JsonPropertyName("maxRestarts")] public int MaxRestarts { get; set; }

        [JsonPropertyName("metrics")] public List<object>? Metrics { get; set; }

        [JsonPropertyName("minReplicas")] public int MinReplicas { get; set; }

        [JsonPropertyName("nProcPerNode")] public int NProcPerNode { get; set; }

        [JsonPropertyName("rdzvBackend")] public string? RdzvBackend { get; set; }

        [JsonPropertyName("rdzvConf")] public List<object>? RdzvConf { get; set; }

        [JsonPropertyName("rdzvHost")] public string? RdzvHost { get; set; }

        [JsonPropertyName("rdzvId")] public string? RdzvId { get; set; }

        [JsonPropertyName("rdzvPort")] public int RdzvPort { get; set; }

        [JsonPropertyName("standalone")] public bool Standalone { get; set; }
    }
}
