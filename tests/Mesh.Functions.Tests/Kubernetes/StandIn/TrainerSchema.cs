using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>The fields of trainer.kubeflow.org/v1alpha1, as Kubeflow Trainer 2.3 defines them, and those of jobset.x-k8s.io/v1alpha2 within.</summary>
internal static class TrainerSchema
{
    public sealed class TrainJob : TrainingSchema.Resource<TrainJobSpec>;

    public sealed class TrainingRuntime : TrainingSchema.Resource<RuntimeSpec>;

    public sealed class TrainJobSpec
    {
        [JsonPropertyName("runtimeRef")] public RuntimeRef? RuntimeRef { get; set; }

        [JsonPropertyName("initializer")] public object? Initializer { get; set; }

        [JsonPropertyName("trainer")] public Trainer? Trainer { get; set; }

        [JsonPropertyName("runtimePatches")] public List<object>? RuntimePatches { get; set; }

        [JsonPropertyName("suspend")] public bool Suspend { get; set; }

        [JsonPropertyName("activeDeadlineSeconds")] public long ActiveDeadlineSeconds { get; set; }

        [JsonPropertyName("managedBy")] public string? ManagedBy { get; set; }
    }

    public sealed class RuntimeRef
    {
        [JsonPropertyName("name")] public string? Name { get; set; }

        [JsonPropertyName("apiGroup")] public string? ApiGroup { get; set; }

        [JsonPropertyName("kind")] public string? Kind { get; set; }
    }

    public sealed class Trainer
    {
        [JsonPropertyName("image")] public string? Image { get; set; }

        [JsonPropertyName("command")] public List<string>? Command { get; set; }

        [JsonPropertyName("args")] public List<string>? Args { get; set; }

        [JsonPropertyName("env")] public List<V1EnvVar>? Env { get; set; }

        [JsonPropertyName("numNodes")] public int NumNodes { get; set; }

        [JsonPropertyName("resourcesPerNode")] public V1ResourceRequirements? ResourcesPerNode { get; set; }

        [JsonPropertyName("numProcPerNode")] public int NumProcPerNode { get; set; }
    }

    public sealed class RuntimeSpec
    {
        [JsonPropertyName("mlPolicy")] public MlPolicy? MlPolicy { get; set; }

        [JsonPropertyName("podGroupPolicy")] public object? PodGroupPolicy { get; set; }

        [JsonPropertyName("template")] public JobSetTemplate? Template { get; set; }
    }

    public sealed class MlPolicy
    {
        [JsonPropertyName("numNodes")] public int NumNodes { get; set; }

        [JsonPropertyName("torch")] public object? Torch { get; set; }

        [JsonPropertyName("mpi")] public object? Mpi { get; set; }

        [JsonPropertyName("flux")] public object? Flux { get; set; }

        [JsonPropertyName("jax")] public object? Jax { get; set; }

        [JsonPropertyName("xgboost")] public object? Xgboost { get; set; }
    }

    public sealed class JobSetTemplate
    {
        [JsonPropertyName("metadata")] public V1ObjectMeta? Metadata { get; set; }

        [JsonPropertyName("spec")] public JobSetSpec? Spec { get; set; }
    }

    public sealed class JobSetSpec
    {
        [JsonPropertyName("replicatedJobs")] public List<ReplicatedJob>? ReplicatedJobs { get; set; }

        [JsonPropertyName("network")] public Network? Network { get; set; }

        [JsonPropertyName("successPolicy")] public object? SuccessPolicy { get; set; }

        [JsonPropertyName("failurePolicy")] public FailurePolicy? FailurePolicy { get; set; }

        [JsonPropertyName("startupPolicy")] public object? StartupPolicy { get; set; }

        [JsonPropertyName("suspend")] public bool Suspend { get; set; }

        [JsonPropertyName("coordinator")] public object? Coordinator { get; set; }

        [JsonPropertyName("managedBy")] public string? ManagedBy { get; set; }

        [JsonPropertyName("ttlSecondsAfterFinished")] public int TtlSecondsAfterFinished { get; set; }
    }

    public sealed class ReplicatedJob
    {
        [JsonPropertyName("name")] public string? Name { get; set; }

        [JsonPropertyName("groupName")] public string? GroupName { get; set; }

        [JsonPropertyName("template")] public V1JobTemplateSpec? Template { get; set; }

        [JsonPropertyName("replicas")] public int Replicas { get; set; }

        [JsonPropertyName("dependsOn")] public List<object>? DependsOn { get; set; }
    }

    public sealed class Network
    {
        [JsonPropertyName("enableDNSHostnames")] public bool EnableDnsHostnames { get; set; }

        [JsonPropertyName("subdomain")] public string? Subdomain { get; set; }

        [JsonPropertyName("publishNotReadyAddresses")] public bool PublishNotReadyAddresses { get; set; }
    }

    public sealed class FailurePolicy
    {
        [JsonPropertyName("maxRestarts")] public int MaxRestarts { get; set; }

        [JsonPropertyName("restartStrategy")] public string? RestartStrategy { get; set; }

        [JsonPropertyName("rules")] public List<object>? Rules { get; set; }
    }
}
