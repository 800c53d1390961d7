using Mesh.Contracts.Functions;

namespace Mesh.Functions.Profiles;

/// <summary>
/// Settings of a profile: section <c>Functions:Profiles:{name}</c>, environment <c>Functions__Profiles__{name}__…</c>. All but the first three are for
/// profiles of a cluster. Names of Kubernetes objects are of <see cref="Namespace"/>. Checked at start.
/// </summary>
public sealed class ProfileOptions
{
    /// <summary>What runs its jobs: <c>process</c> or <c>kubernetes</c>.</summary>
    public ProfileExecutor? Executor { get; set; }

    /// <summary>What users are told of it, at most 1,000 characters.</summary>
    public string? Description { get; set; }

    /// <summary>Attempts that each worker runs there at once, 1 to 1,000. Absent: for processes <see cref="FunctionsOptions.Concurrency"/>, which holds for all of them together; on a cluster 50.</summary>
    public int? Concurrency { get; set; }

    /// <summary>Address of the cluster's API, with <see cref="TokenFile"/>. Absent: as <see cref="KubeConfig"/> says; without that, what a pod of the cluster is told.</summary>
    public string? ApiServer { get; set; }

    /// <summary>File of the token for <see cref="ApiServer"/>; read again when it changes.</summary>
    public string? TokenFile { get; set; }

    /// <summary>File of the certificates (PEM) that <see cref="ApiServer"/> is trusted by. Absent: those of the system.</summary>
    public string? CaFile { get; set; }

    /// <summary>Path of a kubeconfig.</summary>
    public string? KubeConfig { get; set; }

    /// <summary>The context of <see cref="KubeConfig"/>; its current one when absent.</summary>
    public string? Context { get; set; }

    /// <summary>The namespace that jobs run in.</summary>
    public string? Namespace { get; set; }

    /// <summary>The image of jobs that name none.</summary>
    public string? Image { get; set; }

    /// <summary>Image of Mesh's functions service, which lays code and inputs into pods and keeps outputs.</summary>
    public string? InitImage { get; set; }

    /// <summary><c>Always</c>, <c>IfNotPresent</c> or <c>Never</c>; the cluster's own rule when absent.</summary>
    public string? ImagePullPolicy { get; set; }

    /// <summary>Names of secrets that images are pulled with.</summary>
    public IReadOnlyList<string> ImagePullSecrets { get; set; } = [];

    /// <summary>Address of the API as pods reach it.</summary>
    public string? Api { get; set; }

    /// <summary>Service account of the pods. Its token is not given to them.</summary>
    public string? ServiceAccount { get; set; }

    /// <summary>Labels that nodes must have.</summary>
    public Dictionary<string, string> NodeSelector { get; set; } = [];

    /// <summary>Tolerations, as a list in YAML or JSON.</summary>
    public string? Tolerations { get; set; }

    /// <summary>Affinity, in YAML or JSON.</summary>
    public string? Affinity { get; set; }

    /// <summary>Priority class of the pods.</summary>
    public string? PriorityClass { get; set; }

    /// <summary>The resource that graphics processors are asked as.</summary>
    public string GpuResource { get; set; } = "nvidia.com/gpu";

    /// <summary>User that the containers run as, 1 to 2,147,483,647; never root.</summary>
    public long RunAsUser { get; set; } = 10001;

    /// <summary>Group that the containers run as, and that volumes belong to.</summary>
    public long RunAsGroup { get; set; } = 10001;

    /// <summary>Volumes that the program's container sees.</summary>
    public IReadOnlyList<VolumeOptions> Volumes { get; set; } = [];

    /// <summary>Labels of all that is made, beside Mesh's own.</summary>
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Annotations of pods.</summary>
    public Dictionary<string, string> Annotations { get; set; } = [];

    /// <summary>More arguments of pip where packages are installed, such as <c>--index-url</c> with its value.</summary>
    public IReadOnlyList<string> PipArguments { get; set; } = [];

    /// <summary>What makes pods of distributed functions: <c>v1</c> for the resources of Kubeflow's training operators, <c>v2</c> for TrainJobs of Kubeflow Trainer.</summary>
    public TrainerVersion Trainer { get; set; } = TrainerVersion.V1;

    /// <summary>
    /// With <see cref="Trainer"/> v2, the training runtime of a framework (<c>pytorch</c>, <c>plain</c>, <c>xgboost</c>): one of the namespace, or else of the cluster.
    /// Absent: <c>torch-distributed</c>, and <c>xgboost-distributed</c> for xgboost.
    /// </summary>
    public Dictionary<string, string> Runtimes { get; set; } = [];

    /// <summary>Seconds after which the cluster removes what has ended, should Mesh not have done so; 0 to 604,800.</summary>
    public int TtlSeconds { get; set; } = 3600;

    /// <summary>Seconds that a pod may wait for a node, its images and its preparation, 10 to 604,800.</summary>
    public int PendingSeconds { get; set; } = 86_400;

    /// <summary>Seconds that the end of an attempt waits for a cluster which is away and still has its objects, 1 to 86,400; then it ends, and they are removed when the cluster is back.</summary>
    public int RemoveSeconds { get; set; } = 600;

    /// <summary>Seconds that an image which cannot be pulled is tried for, 0 to 86,400.</summary>
    public int ImagePullSeconds { get; set; } = 120;

    /// <summary>Room of the working folder, as a quantity such as <c>10Gi</c>; that of the node when absent.</summary>
    public string? WorkSize { get; set; }
}

/// <summary>The generations of Kubeflow's training resources.</summary>
public enum TrainerVersion
{
    /// <summary>PyTorchJob, TFJob, XGBoostJob and MPIJob, of the training operator and the MPI operator.</summary>
    V1,

    /// <summary>TrainJob, of Kubeflow Trainer.</summary>
    V2,
}

/// <summary>A volume of the program's container: exactly one of claim, config map, secret and an empty folder.</summary>
public sealed class VolumeOptions
{
    /// <summary>Absolute path in the container, outside <c>/mesh</c>.</summary>
    public string? MountPath { get; set; }

    /// <summary>Name of a persistent volume claim.</summary>
    public string? Claim { get; set; }

    /// <summary>Name of a config map.</summary>
    public string? ConfigMap { get; set; }

    /// <summary>Name of a secret.</summary>
    public string? Secret { get; set; }

    /// <summary>Size of an empty folder, as a quantity such as <c>10Gi</c>.</summary>
    public string? EmptyDir { get; set; }

    /// <summary><c>Memory</c> for an empty folder in memory.</summary>
    public string? Medium { get; set; }

    /// <summary>Relative path in the volume that is mounted; all of it when absent.</summary>
    public string? SubPath { get; set; }

    /// <summary>Whether it can only be read.</summary>
    public bool ReadOnly { get; set; }
}
