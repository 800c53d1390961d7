using System.Text.Json;
using k8s.Models;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>Distributed jobs in profiles of Kubeflow Trainer: TrainJobs. The first pod that fails ends the gang.</summary>
internal sealed class TrainJobKind : ICustomKind
{
    public string Operator => "Kubeflow Trainer";

    // A runtime that no TrainJob owns is of a start that got no further.
    public IReadOnlyList<string> Resources { get; } = [TrainJobManifest.Resource, TrainJobManifest.RuntimeResource];

    public bool Is(Profile profile, Job job, FunctionContent? content) => job.Work.Distributed is not null && profile.Options.Trainer == TrainerVersion.V2;

    public string ResourceOf(Job job) => TrainJobManifest.Resource;

    public int RestartsOf(Job job) => job.Work.Distributed!.MaxRestarts ?? 0;

    public CustomObject Of(AttemptExecution execution, PodPlan pod, int restart, bool isSuspended) =>
        TrainJobManifest.Of(new TrainingPlan(pod, execution.Job.Work.Distributed!, restart), isSuspended);

    public CustomBasis BasisOf(AttemptExecution execution)
    {
        var framework = execution.Job.Work.Distributed!.Framework;
        var name = TrainJobManifest.RuntimeOf(framework, execution.Profile.Options.Runtimes);
        return new CustomBasis(
            name, TrainJobManifest.RuntimeResource, TrainJobManifest.ClusterRuntimeResource,
            $"The cluster of the profile '{execution.Profile.Name}' has no training runtime '{name}', which is for {TrainJobManifest.NameOf(framework)} there (its setting Runtimes), or no Kubeflow Trainer");
    }

    public CustomObject FromBasis(AttemptExecution execution, PodPlan pod, int restart, CustomObject basis) =>
        TrainJobManifest.RuntimeOf(new TrainingPlan(pod, execution.Job.Work.Distributed!, restart), basis.Spec);

    // It is let go when its secret is there, and not before.
    public bool IsUnderWay(CustomObject there) =>
        there.Metadata.DeletionTimestamp is null && there.Spec is JsonElement spec && spec.TryGetProperty("suspend", out var suspend) && suspend.ValueKind == JsonValueKind.False;

    public ExecutionEnd? EndOf(CustomStatus? status) => TrainJobReading.EndOf(status);

    public string? WaitOf(CustomStatus? status) => TrainJobReading.WaitOf(status);

    public string LabelOf(V1Pod pod) => TrainJobReading.LabelOf(pod);

    // When one fails, its job deletes the others: how those end says nothing.
    public bool Decides(V1Pod pod) => pod.Metadata.DeletionTimestamp is null;

    public bool HaveEnded(AttemptExecution execution, IReadOnlyList<V1Pod> pods) => pods.All(pod => CustomPod.Read(pod).End is not null);
}
