using k8s.Models;

namespace Mesh.Functions.Kubernetes.Spark;

/// <summary>sparkoperator.k8s.io/v1beta2 SparkApplication, as far as Mesh fills it.</summary>
internal sealed record SparkApplicationSpec
{
    public required string Type { get; init; }

    public required string SparkVersion { get; init; }

    public required string Mode { get; init; }

    public required string Image { get; init; }

    public string? ImagePullPolicy { get; init; }

    public IReadOnlyList<string>? ImagePullSecrets { get; init; }

    public string? MainClass { get; init; }

    public required string MainApplicationFile { get; init; }

    public IReadOnlyList<string>? Arguments { get; init; }

    public IReadOnlyDictionary<string, string>? SparkConf { get; init; }

    public IList<V1Volume>? Volumes { get; init; }

    public required SparkPod Driver { get; init; }

    public required SparkPod Executor { get; init; }

    public SparkDependencies? Deps { get; init; }

    public required SparkRestartPolicy RestartPolicy { get; init; }

    public long? TimeToLiveSeconds { get; init; }

    public SparkDynamicAllocation? DynamicAllocation { get; init; }
}

/// <summary>The driver, or each executor.</summary>
internal sealed record SparkPod
{
    public required int Cores { get; init; }

    /// <summary>Heap, in Spark's notation.</summary>
    public required string Memory { get; init; }

    /// <summary>Executors alone.</summary>
    public int? Instances { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    public IReadOnlyList<V1EnvVar>? Env { get; init; }

    public required IList<V1EnvFromSource> EnvFrom { get; init; }

    public required IReadOnlyList<V1VolumeMount> VolumeMounts { get; init; }

    public IList<V1Container>? InitContainers { get; init; }

    public string? ServiceAccount { get; init; }

    public string? PriorityClassName { get; init; }

    public IDictionary<string, string>? NodeSelector { get; init; }

    public IList<V1Toleration>? Tolerations { get; init; }

    public V1Affinity? Affinity { get; init; }

    public V1PodSecurityContext? PodSecurityContext { get; init; }

    public V1SecurityContext? SecurityContext { get; init; }
}

/// <summary>When the operator runs an application again.</summary>
internal sealed record SparkRestartPolicy(string Type);

/// <summary>What the application needs beside its main file.</summary>
internal sealed record SparkDependencies(IReadOnlyList<string>? Jars, IReadOnlyList<string>? Files, IReadOnlyList<string>? PyFiles);

/// <summary>Executors by need.</summary>
internal sealed record SparkDynamicAllocation(bool Enabled, int InitialExecutors, int MinExecutors, int MaxExecutors);
