using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>trainer.kubeflow.org/v1alpha1 TrainJob: the fields that every version of it has had.</summary>
internal sealed record TrainJobSpec(RuntimeRef RuntimeRef, TrainJobTrainer Trainer, bool Suspend);

/// <summary>The runtime of a TrainJob.</summary>
internal sealed record RuntimeRef(string Name, string ApiGroup, string Kind);

/// <summary>The nodes of a TrainJob.</summary>
internal sealed record TrainJobTrainer(
    string Image, IReadOnlyList<string> Command, IReadOnlyList<V1EnvVar> Env, int NumNodes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? NumProcPerNode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] V1ResourceRequirements? ResourcesPerNode);
