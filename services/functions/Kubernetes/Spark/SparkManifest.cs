using System.Globalization;
using k8s.Models;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes.Custom;

namespace Mesh.Functions.Kubernetes.Spark;

/// <summary>
/// The <c>SparkApplication</c> of a job (sparkoperator.k8s.io/v1beta2). Its driver is laid out as the pod of any job is, by the stage; its executors get code from their
/// driver. Nothing is run again by the operator: attempts are Mesh's.
/// </summary>
internal static class SparkManifest
{
    /// <summary>Where applications are, below a namespace.</summary>
    public const string Resource = "apis/sparkoperator.k8s.io/v1beta2/sparkapplications";

    private const long DefaultMemory = 1L << 30;

    /// <summary>The application.</summary>
    public static CustomObject Of(PodPlan plan, SparkSpec spark)
    {
        var options = plan.Profile.Options;
        var pod = JobManifest.Pod(plan);
        return new CustomObject
        {
            ApiVersion = "sparkoperator.k8s.io/v1beta2",
            Kind = "SparkApplication",
            Metadata = new V1ObjectMeta
            {
                Name = plan.Name,
                NamespaceProperty = options.Namespace,
                Labels = new Dictionary<string, string>(plan.Labels),
                Annotations = AnnotationsOf(plan),
            },
            Spec = new SparkApplicationSpec
            {
                Type = spark.Type.ToString(),
                SparkVersion = spark.SparkVersion,
                Mode = "cluster",
                Image = plan.Image,
                ImagePullPolicy = options.ImagePullPolicy,
                ImagePullSecrets = options.ImagePullSecrets.Count == 0 ? null : [.. options.ImagePullSecrets],
                MainClass = spark.MainClass,
                MainApplicationFile = spark.IsOwnCode ? $"local://{plan.Work}/{spark.MainFile}" : spark.MainFile,
                Arguments = spark.Arguments,
                SparkConf = spark.SparkConf,
                Volumes = pod.Volumes,
                Driver = Driver(plan, pod, spark),
                Executor = Executor(plan, pod, spark),
                Deps = spark.Deps is { } deps ? new SparkDependencies(deps.Jars, deps.Files, deps.PyFiles) : null,
                RestartPolicy = new SparkRestartPolicy("Never"),
                TimeToLiveSeconds = options.TtlSeconds,
                DynamicAllocation = spark.DynamicAllocation is { } range
                    ? new SparkDynamicAllocation(true, Math.Clamp(spark.Executor?.Instances ?? 1, range.Min, range.Max), range.Min, range.Max)
                    : null,
            },
        };
    }

    private static SparkPod Driver(PodPlan plan, V1PodSpec pod, SparkSpec spark) => Pod(plan, pod, spark.Driver?.Cores, spark.Driver?.MemoryBytes) with
    {
        InitContainers = pod.InitContainers,
        ServiceAccount = plan.Profile.Options.ServiceAccount,
    };

    // Without the stage there is no working folder, so none for HOME.
    private static SparkPod Executor(PodPlan plan, V1PodSpec pod, SparkSpec spark) => Pod(plan, pod, spark.Executor?.Cores, spark.Executor?.MemoryBytes) with
    {
        Instances = spark.DynamicAllocation is null ? spark.Executor?.Instances ?? 1 : null,
        Env = [new V1EnvVar { Name = "HOME", Value = "/tmp" }],
    };

    /// <summary>What both have in common: all that the profile says of pods, and the job's variables and secrets.</summary>
    private static SparkPod Pod(PodPlan plan, V1PodSpec pod, int? cores, long? memory)
    {
        var main = pod.Containers[0];
        return new SparkPod
        {
            Cores = cores ?? 1,
            Memory = string.Create(CultureInfo.InvariantCulture, $"{(memory ?? DefaultMemory) >> 20}m"),
            Labels = new Dictionary<string, string>(plan.Labels),
            Annotations = AnnotationsOf(plan),
            EnvFrom = main.EnvFrom,
            VolumeMounts = [.. main.VolumeMounts],
            PriorityClassName = pod.PriorityClassName,
            NodeSelector = pod.NodeSelector,
            Tolerations = pod.Tolerations,
            Affinity = pod.Affinity,
            PodSecurityContext = pod.SecurityContext,
            SecurityContext = main.SecurityContext,
        };
    }

    private static Dictionary<string, string> AnnotationsOf(PodPlan plan) => new(plan.Profile.Options.Annotations) { [ICustomKind.RestartAnnotation] = "0" };
}
