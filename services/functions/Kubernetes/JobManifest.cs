using System.Globalization;
using System.Text;
using k8s;
using k8s.Models;
using Mesh.Functions.Execution;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// The objects of an attempt: a job of one pod that is tried once, and the secret with all that its containers are told. The containers run one after the
/// other: each but the last is an init container, so that the program's exit code decides whether outputs are kept, with no signal between them.
/// </summary>
internal static class JobManifest
{
    /// <summary>The folder that the containers of a pod share.</summary>
    public const string Folder = "mesh";

    private const string SecretVolume = "secrets";
    private const string GitVolume = "git";

    // r--r-----: the pod's group is the one that the program runs in.
    private const int ReadByGroup = 0x120;
    private static readonly string[] StageVariables = ["MESH_API", JobVariables.Token, "MESH_PROJECT", ProcessMark.RunId, ProcessMark.AttemptNumber];

    /// <summary>The job.</summary>
    /// <param name="isSuspended">Whether its pod is not made yet: as long as its secret is not there.</param>
    public static V1Job Job(PodPlan plan, bool isSuspended)
    {
        var settings = plan.Profile.Options;
        return new V1Job
        {
            ApiVersion = "batch/v1",
            Kind = "Job",
            Metadata = new V1ObjectMeta { Name = plan.Name, NamespaceProperty = settings.Namespace, Labels = new Dictionary<string, string>(plan.Labels) },
            Spec = new V1JobSpec
            {
                Suspend = isSuspended,
                BackoffLimit = 0,
                Parallelism = 1,
                Completions = 1,
                // Mesh ends it earlier by itself: this holds when Mesh is away.
                ActiveDeadlineSeconds = plan.Job.TimeoutSeconds + settings.PendingSeconds + 600L,
                TtlSecondsAfterFinished = settings.TtlSeconds,
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta
                    {
                        Labels = new Dictionary<string, string>(plan.Labels),
                        Annotations = settings.Annotations.Count == 0 ? null : new Dictionary<string, string>(settings.Annotations),
                    },
                    Spec = Pod(plan),
                },
            },
        };
    }

    /// <summary>The secrets, which go when their owner goes: of its variables, of what it gets as files, and of what its stage gets.</summary>
    public static IEnumerable<V1Secret> Secrets(PodPlan plan, k8s.IKubernetesObject<V1ObjectMeta> owner)
    {
        yield return Secret(plan, owner, plan.Name, plan.Variables);
        if (plan.SecretFiles.Count > 0) yield return Secret(plan, owner, plan.FilesName, plan.SecretFiles);
        if (plan.GitFiles.Count > 0) yield return Secret(plan, owner, plan.GitName, plan.GitFiles);
    }

    private static V1Secret Secret(PodPlan plan, k8s.IKubernetesObject<V1ObjectMeta> owner, string name, IReadOnlyDictionary<string, string> values) => new()
    {
        ApiVersion = "v1",
        Kind = "Secret",
        Type = "Opaque",
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = plan.Profile.Options.Namespace,
            Labels = new Dictionary<string, string>(plan.Labels),
            OwnerReferences = [new V1OwnerReference { ApiVersion = owner.ApiVersion, Kind = owner.Kind, Name = owner.Metadata.Name, Uid = owner.Metadata.Uid }],
        },
        Data = values.ToDictionary(v => v.Key, v => Encoding.UTF8.GetBytes(v.Value)),
    };

    /// <summary>The pod.</summary>
    public static V1PodSpec Pod(PodPlan plan)
    {
        var settings = plan.Profile.Options;
        List<V1Container> all = [.. plan.Containers.Select(name => Container(plan, name))];
        return new V1PodSpec
        {
            RestartPolicy = "Never",
            InitContainers = all[..^1],
            Containers = [all[^1]],
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            ServiceAccountName = settings.ServiceAccount,
            PriorityClassName = settings.PriorityClass,
            ImagePullSecrets = settings.ImagePullSecrets.Count == 0 ? null : [.. settings.ImagePullSecrets.Select(name => new V1LocalObjectReference { Name = name })],
            NodeSelector = settings.NodeSelector.Count == 0 ? null : new Dictionary<string, string>(settings.NodeSelector),
            Tolerations = settings.Tolerations is { } tolerations ? KubernetesYaml.Deserialize<List<V1Toleration>>(tolerations, strict: true) : null,
            Affinity = settings.Affinity is { } affinity ? KubernetesYaml.Deserialize<V1Affinity>(affinity, strict: true) : null,
            SecurityContext = new V1PodSecurityContext
            {
                RunAsNonRoot = true,
                RunAsUser = settings.RunAsUser,
                RunAsGroup = settings.RunAsGroup,
                FsGroup = settings.RunAsGroup,
                SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
            },
            Volumes =
            [
                new V1Volume { Name = Folder, EmptyDir = new V1EmptyDirVolumeSource { SizeLimit = settings.WorkSize is { } size ? new ResourceQuantity(size) : null } },
                .. plan.SecretFiles.Count == 0 ? (V1Volume[])[] : [Files(SecretVolume, plan.FilesName)],
                .. plan.GitFiles.Count == 0 ? (V1Volume[])[] : [Files(GitVolume, plan.GitName)],
                .. settings.Volumes.Select((volume, i) => Volume(volume, NameOf(i))),
            ],
        };
    }

    private static V1Volume Files(string name, string secret) => new() { Name = name, Secret = new V1SecretVolumeSource { SecretName = secret, DefaultMode = ReadByGroup } };

    private static V1Container Container(PodPlan plan, string name)
    {
        var settings = plan.Profile.Options;
        var container = new V1Container
        {
            Name = name,
            Image = name is PodPlan.Stage or PodPlan.Keep ? settings.InitImage : plan.Image,
            ImagePullPolicy = settings.ImagePullPolicy,
            TerminationMessagePolicy = name == PodPlan.Main ? null : "FallbackToLogsOnError",
            SecurityContext = new V1SecurityContext { AllowPrivilegeEscalation = false, Privileged = false, Capabilities = new V1Capabilities { Drop = ["ALL"] } },
            VolumeMounts = [new V1VolumeMount { Name = Folder, MountPath = PodPlan.Root }],
        };
        switch (name)
        {
            case PodPlan.Main:
                container.Command = [.. plan.Command];
                container.WorkingDir = plan.Work;
                container.EnvFrom = [new V1EnvFromSource { SecretRef = new V1SecretEnvSource { Name = plan.Name } }];
                container.Resources = Needs(plan);
                if (plan.SecretFiles.Count > 0) container.VolumeMounts.Add(new V1VolumeMount { Name = SecretVolume, MountPath = PodPlan.SecretFolder, ReadOnlyProperty = true });
                foreach (var (volume, i) in settings.Volumes.Select((volume, i) => (volume, i)))
                    container.VolumeMounts.Add(new V1VolumeMount { Name = NameOf(i), MountPath = volume.MountPath, SubPath = volume.SubPath, ReadOnlyProperty = volume.ReadOnly ? true : null });
                break;
            case PodPlan.Packages:
                container.Command =
                [
                    "python3", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--target", PodPlan.PackageFolder, "--requirement", PodPlan.PackageList,
                    .. settings.PipArguments,
                ];
                container.Env = [new V1EnvVar { Name = "HOME", Value = PodPlan.Root }];
                break;
            default:
                container.Command = ["dotnet", PodPlan.StageProgram, name, PodPlan.Root];
                container.Env = [new V1EnvVar { Name = "HOME", Value = PodPlan.Root }, .. StageVariables.Select(variable => new V1EnvVar
                {
                    Name = variable,
                    ValueFrom = new V1EnvVarSource { SecretKeyRef = new V1SecretKeySelector { Name = plan.Name, Key = variable } },
                })];
                if (name == PodPlan.Stage && plan.GitFiles.Count > 0) container.VolumeMounts.Add(new V1VolumeMount { Name = GitVolume, MountPath = PodPlan.GitFolder, ReadOnlyProperty = true });
                break;
        }

        return container;
    }

    /// <summary>Memory is reserved and not to be exceeded, cores are reserved and may be exceeded where there is room, as on a worker.</summary>
    private static V1ResourceRequirements? Needs(PodPlan plan)
    {
        if (plan.Job.Policy?.Resources is not { } asked) return null;
        var (requests, limits) = (new Dictionary<string, ResourceQuantity>(), new Dictionary<string, ResourceQuantity>());
        if (asked.Cpus is { } cpus) requests["cpu"] = new ResourceQuantity(string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(cpus * 1000):0}m"));
        if (asked.MemoryBytes is { } bytes) requests["memory"] = limits["memory"] = new ResourceQuantity(bytes.ToString(CultureInfo.InvariantCulture));
        if (asked.Gpus is > 0 and var gpus) limits[plan.Profile.Options.GpuResource] = new ResourceQuantity(gpus.ToString(CultureInfo.InvariantCulture));
        return new V1ResourceRequirements { Requests = requests.Count == 0 ? null : requests, Limits = limits.Count == 0 ? null : limits };
    }

    private static V1Volume Volume(VolumeOptions volume, string name) => new()
    {
        Name = name,
        PersistentVolumeClaim = volume.Claim is { } claim ? new V1PersistentVolumeClaimVolumeSource { ClaimName = claim, ReadOnlyProperty = volume.ReadOnly ? true : null } : null,
        ConfigMap = volume.ConfigMap is { } map ? new V1ConfigMapVolumeSource { Name = map } : null,
        Secret = volume.Secret is { } secret ? new V1SecretVolumeSource { SecretName = secret } : null,
        EmptyDir = volume.EmptyDir is { } size ? new V1EmptyDirVolumeSource { SizeLimit = new ResourceQuantity(size), Medium = volume.Medium } : null,
    };

    /// <summary>The name of a volume of the profile.</summary>
    public static string NameOf(int volume) => string.Create(CultureInfo.InvariantCulture, $"volume-{volume}");
}
