using k8s.Models;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes.Custom;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes.Spark;

/// <summary>Spark applications: the driver's end is that of the attempt; executors come and go, and Spark sees to them.</summary>
internal sealed class SparkKind : ICustomKind
{
    public string Operator => "Spark operator";

    public IReadOnlyList<string> Resources { get; } = [SparkManifest.Resource];

    public bool Is(Profile profile, Job job, FunctionContent? content) => content?.Spark is not null;

    public string ResourceOf(Job job) => SparkManifest.Resource;

    public int RestartsOf(Job job) => 0;

    // Its operator cannot hold it back: the kubelet keeps the driver waiting for its secret. The second time nothing changes.
    public CustomObject Of(AttemptExecution execution, PodPlan pod, int restart, bool isSuspended) => SparkManifest.Of(pod, execution.Content!.Spark!);

    public bool IsUnderWay(CustomObject there) => there.Status?.ApplicationState?.State is not (null or "" or "NEW" or "SUBMITTED");

    public ExecutionEnd? EndOf(CustomStatus? status) => SparkReading.EndOf(status?.ApplicationState);

    public string? WaitOf(CustomStatus? status) => SparkReading.WaitOf(status?.ApplicationState);

    public string LabelOf(V1Pod pod) => SparkReading.LabelOf(pod);

    public bool Decides(V1Pod pod) => SparkReading.IsDriver(pod);

    public bool HaveEnded(AttemptExecution execution, IReadOnlyList<V1Pod> pods) => pods.Where(SparkReading.IsDriver).All(pod => CustomPod.Read(pod).End is not null);
}
