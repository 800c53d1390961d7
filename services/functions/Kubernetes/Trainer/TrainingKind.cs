using k8s.Models;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>Distributed jobs: the resources of Kubeflow's training operators. The first pod that fails ends the gang.</summary>
internal sealed class TrainingKind : ICustomKind
{
    public string Operator => "training operator";

    public IReadOnlyList<string> Resources { get; } = [.. TrainingManifest.Resources];

    public bool Is(Profile profile, Job job, FunctionContent? content) => job.Work.Distributed is not null && profile.Options.Trainer == TrainerVersion.V1;

    public string ResourceOf(Job job) => TrainingManifest.ResourceOf(job.Work.Distributed!.Framework);

    public int RestartsOf(Job job) => job.Work.Distributed!.MaxRestarts ?? 0;

    public CustomObject Of(AttemptExecution execution, PodPlan pod, int restart, bool isSuspended) =>
        TrainingManifest.Of(new TrainingPlan(pod, execution.Job.Work.Distributed!, restart), isSuspended);

    public bool IsUnderWay(CustomObject there) =>
        there.Status?.Conditions is { Count: > 0 } conditions && conditions.All(condition => condition is not { Type: "Suspended", Status: "True" });

    public ExecutionEnd? EndOf(CustomStatus? status) => TrainingReading.EndOf(status);

    public string? WaitOf(CustomStatus? status) => TrainingReading.WaitOf(status);

    public string LabelOf(V1Pod pod) => TrainingReading.LabelOf(pod);

    public bool Decides(V1Pod pod) => true;

    public bool HaveEnded(AttemptExecution execution, IReadOnlyList<V1Pod> pods) =>
        GangPlan.Of(execution.Job.Work.Distributed!, execution.Job.Work.Command).Success == TrainingSuccess.Leader
        || pods.Where(pod => TrainingReading.RoleOf(pod) is not ("ps" or "evaluator")).All(pod => CustomPod.Read(pod).End is not null);
}
