using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Functions.Kubernetes.Trainer;

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
