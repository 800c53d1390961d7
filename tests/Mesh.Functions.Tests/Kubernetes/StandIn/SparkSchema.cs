using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>The fields of Spark applications as their definition lists them: sparkoperator.k8s.io/v1beta2 of the Spark operator 2, but those of monitoring, user interfaces and batch schedulers.</summary>
internal static class SparkSchema
{
    public sealed class SparkApplication : TrainingSchema.Resource<SparkApplicationSpec>;

    public sealed class SparkApplicationSpec
    {
        [JsonPropertyName("type")] public string? Type { get; set; }

        [JsonPropertyName("sparkVersion")] public string? SparkVersion { get; set; }

        [JsonPropertyName("mode")] public string? Mode { get; set; }

        [JsonPropertyName("proxyUser")] public string? ProxyUser { get; set; }

        [JsonPropertyName("image")] public string? Image { get; set; }

        [JsonPropertyName("imagePullPolicy")] public string? ImagePullPolicy { get; set; }

        [JsonPropertyName("imagePullSecrets")] public List<string>? ImagePullSecrets { get; set; }

        [JsonPropertyName("mainClass")] public string? MainClass { get; set; }

        [JsonPropertyName("mainApplicationFile")] public string? MainApplicationFile { get; set; }

        [JsonPropertyName("arguments")] public List<string>? Arguments { get; set; }

        [JsonPropertyName("sparkConf")] public Dictionary<string, string>? SparkConf { get; set; }

        [JsonPropertyName("hadoopConf")] public Dictionary<string, string>? HadoopConf { get; set; }

        [JsonPropertyName("sparkConfigMap")] public string? SparkConfigMap { get; set; }

        [JsonPropertyName("hadoopConfigMap")] public string? HadoopConfigMap { get; set; }

        [JsonPropertyName("volumes")] public List<V1Volume>? Volumes { get; set; }

        [JsonPropertyName("driver")] public DriverSpec? Driver { get; set; }

        [JsonPropertyName("executor")] public ExecutorSpec? Executor { get; set; }

        [JsonPropertyName("deps")] public Dependencies? Deps { get; set; }

        [JsonPropertyName("restartPolicy")] public RestartPolicy? RestartPolicy { get; set; }

        [JsonPropertyName("nodeSelector")] public Dictionary<string, string>? NodeSelector { get; set; }

        [JsonPropertyName("failureRetries")] public int FailureRetries { get; set; }

        [JsonPropertyName("retryInterval")] public long RetryInterval { get; set; }

        [JsonPropertyName("pythonVersion")] public string? PythonVersion { get; set; }

        [JsonPropertyName("memoryOverheadFactor")] public string? MemoryOverheadFactor { get; set; }

        [JsonPropertyName("batchScheduler")] public string? BatchScheduler { get; set; }

        [JsonPropertyName("timeToLiveSeconds")] public long TimeToLiveSeconds { get; set; }

        [JsonPropertyName("dynamicAllocation")] public DynamicAllocation? DynamicAllocation { get; set; }
    }

    public class PodSpec
    {
        [JsonPropertyName("cores")] public int Cores { get; set; }

        [JsonPropertyName("coreLimit")] public string? CoreLimit { get; set; }

        [JsonPropertyName("memory")] public string? Memory { get; set; }

        [JsonPropertyName("memoryOverhead")] public string? MemoryOverhead { get; set; }

        [JsonPropertyName("gpu")] public Gpu? Gpu { get; set; }

        [JsonPropertyName("image")] public string? Image { get; set; }

        [JsonPropertyName("configMaps")] public List<NamePath>? ConfigMaps { get; set; }

        [JsonPropertyName("secrets")] public List<SecretPath>? Secrets { get; set; }

        [JsonPropertyName("env")] public List<V1EnvVar>? Env { get; set; }

        [JsonPropertyName("envVars")] public Dictionary<string, string>? EnvVars { get; set; }

        [JsonPropertyName("envFrom")] public List<V1EnvFromSource>? EnvFrom { get; set; }

        [JsonPropertyName("labels")] public Dictionary<string, string>? Labels { get; set; }

        [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; set; }

        [JsonPropertyName("volumeMounts")] public List<V1VolumeMount>? VolumeMounts { get; set; }

        [JsonPropertyName("affinity")] public V1Affinity? Affinity { get; set; }

        [JsonPropertyName("tolerations")] public List<V1Toleration>? Tolerations { get; set; }

        [JsonPropertyName("podSecurityContext")] public V1PodSecurityContext? PodSecurityContext { get; set; }

        [JsonPropertyName("securityContext")] public V1SecurityContext? SecurityContext { get; set; }

        [JsonPropertyName("schedulerName")] public string? SchedulerName { get; set; }

        [JsonPropertyName("sidecars")] public List<V1Container>? Sidecars { get; set; }

        [JsonPropertyName("initContainers")] public List<V1Container>? InitContainers { get; set; }

        [JsonPropertyName("hostNetwork")] public bool HostNetwork { get; set; }

        [JsonPropertyName("nodeSelector")] public Dictionary<string, string>? NodeSelector { get; set; }

        [JsonPropertyName("terminationGracePeriodSeconds")] public long TerminationGracePeriodSeconds { get; set; }

        [JsonPropertyName("serviceAccount")] public string? ServiceAccount { get; set; }

        [JsonPropertyName("hostAliases")] public List<V1HostAlias>? HostAliases { get; set; }

        [JsonPropertyName("shareProcessNamespace")] public bool ShareProcessNamespace { get; set; }

        [JsonPropertyName("template")] public V1PodTemplateSpec? Template { get; set; }

        [JsonPropertyName("coreRequest")] public string? CoreRequest { get; set; }

        [JsonPropertyName("javaOptions")] public string? JavaOptions { get; set; }

        [JsonPropertyName("lifecycle")] public V1Lifecycle? Lifecycle { get; set; }

        [JsonPropertyName("priorityClassName")] public string? PriorityClassName { get; set; }
    }

    public sealed class DriverSpec : PodSpec
    {
        [JsonPropertyName("podName")] public string? PodName { get; set; }

        [JsonPropertyName("kubernetesMaster")] public string? KubernetesMaster { get; set; }

        [JsonPropertyName("serviceAnnotations")] public Dictionary<string, string>? ServiceAnnotations { get; set; }

        [JsonPropertyName("serviceLabels")] public Dictionary<string, string>? ServiceLabels { get; set; }
    }

    public sealed class ExecutorSpec : PodSpec
    {
        [JsonPropertyName("instances")] public int Instances { get; set; }

        [JsonPropertyName("deleteOnTermination")] public bool DeleteOnTermination { get; set; }
    }

    public sealed class Gpu
    {
        [JsonPropertyName("name")] public string? Name { get; set; }

        [JsonPropertyName("quantity")] public long Quantity { get; set; }
    }

    public sealed class NamePath
    {
        [JsonPropertyName("name")] public string? Name { get; set; }

        [JsonPropertyName("path")] public string? Path { get; set; }
    }

    public sealed class SecretPath
    {
        [JsonPropertyName("name")] public string? Name { get; set; }

        [JsonPropertyName("path")] public string? Path { get; set; }

        [JsonPropertyName("secretType")] public string? SecretType { get; set; }
    }

    public sealed class Dependencies
    {
        [JsonPropertyName("jars")] public List<string>? Jars { get; set; }

        [JsonPropertyName("files")] public List<string>? Files { get; set; }

        [JsonPropertyName("pyFiles")] public List<string>? PyFiles { get; set; }

        [JsonPropertyName("packages")] public List<string>? Packages { get; set; }

        [JsonPropertyName("excludePackages")] public List<string>? ExcludePackages { get; set; }

        [JsonPropertyName("repositories")] public List<string>? Repositories { get; set; }

        [JsonPropertyName("archives")] public List<string>? Archives { get; set; }
    }

    public sealed class RestartPolicy
    {
        [JsonPropertyName("type")] public string? Type { get; set; }

        [JsonPropertyName("onSubmissionFailureRetries")] public int OnSubmissionFailureRetries { get; set; }

        [JsonPropertyName("onFailureRetries")] public int OnFailureRetries { get; set; }

        [JsonPropertyName("onSubmissionFailureRetryInterval")] public long OnSubmissionFailureRetryInterval { get; set; }

        [JsonPropertyName("onFailureRetryInterval")] public long OnFailureRetryInterval { get; set; }
    }

    public sealed class DynamicAllocation
    {
        [JsonPropertyName("enabled")] public bool Enabled { get; set; }

        [JsonPropertyName("initialExecutors")] public int InitialExecutors { get; set; }

        [JsonPropertyName("minExecutors")] public int MinExecutors { get; set; }

        [JsonPropertyName("maxExecutors")] public int MaxExecutors { get; set; }

        [JsonPropertyName("shuffleTrackingTimeout")] public long ShuffleTrackingTimeout { get; set; }
    }
}
