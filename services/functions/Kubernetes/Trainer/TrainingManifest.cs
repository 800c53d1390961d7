using System.Globalization;
using k8s.Models;
using Mesh.Contracts.Functions;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Kubernetes.Custom;

namespace Mesh.Functions.Kubernetes.Trainer;

/// <summary>One start of a gang on a cluster.</summary>
/// <param name="Pod">What its pods have in common.</param>
/// <param name="Restart">How often it was started before.</param>
internal sealed record TrainingPlan(PodPlan Pod, Distribution Distributed, int Restart);

/// <summary>
/// The custom resource of a distributed job, from the same definition that runs as processes: PyTorchJob, TFJob and XGBoostJob of kubeflow.org/v1, MPIJob of
/// kubeflow.org/v2beta1. Pods are never started again one by one: the gang is, as a whole, by Mesh.
/// </summary>
internal static class TrainingManifest
{
    /// <summary>Where checkpoints lie in a pod.</summary>
    public const string CheckpointPath = $"{PodPlan.Root}/checkpoint";

    /// <summary>Where the resources of a framework are, below a namespace.</summary>
    public static string ResourceOf(TrainingFramework framework) => framework switch
    {
        TrainingFramework.Pytorch or TrainingFramework.Plain => "apis/kubeflow.org/v1/pytorchjobs",
        TrainingFramework.Tensorflow => "apis/kubeflow.org/v1/tfjobs",
        TrainingFramework.Xgboost => "apis/kubeflow.org/v1/xgboostjobs",
        TrainingFramework.Mpi => "apis/kubeflow.org/v2beta1/mpijobs",
        _ => throw new ArgumentOutOfRangeException(nameof(framework)),
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<string> Resources => Enum.GetValues<TrainingFramework>().Select(ResourceOf).Distinct(StringComparer.Ordinal);

    /// <summary>The resource of a start.</summary>
    /// <param name="isSuspended">Whether no pod is made yet: as long as their secret is not there.</param>
    public static CustomObject Of(TrainingPlan plan, bool isSuspended) => plan.Distributed.Framework switch
    {
        // A plain program finds in a PyTorchJob all that it knows.
        TrainingFramework.Pytorch or TrainingFramework.Plain => Object(plan, "kubeflow.org/v1", "PyTorchJob", Pytorch(plan, isSuspended)),
        TrainingFramework.Tensorflow => Object(plan, "kubeflow.org/v1", "TFJob", new TFJobSpec(
            Policy(plan, isSuspended), Replicas(plan, Led(plan.Distributed.Roles, "chief", isNeeded: false), "tensorflow", "tfjob-port", 2222),
            plan.Distributed.Success == TrainingSuccess.AllWorkers ? "AllWorkers" : "")),
        TrainingFramework.Xgboost => Object(plan, "kubeflow.org/v1", "XGBoostJob", new XGBoostJobSpec(
            Policy(plan, isSuspended), Replicas(plan, Led(plan.Distributed.Roles, "master", isNeeded: true), "xgboost", "xgboostjob-port", 9999))),
        TrainingFramework.Mpi => Object(plan, "kubeflow.org/v2beta1", "MPIJob", Mpi(plan, isSuspended)),
        _ => throw new ArgumentOutOfRangeException(nameof(plan)),
    };

    private static PyTorchJobSpec Pytorch(TrainingPlan plan, bool isSuspended)
    {
        var distributed = plan.Distributed;
        var elastic = distributed.Elastic is { } range
            ? new ElasticPolicy(range.Min, range.Max, "c10d", plan.Pod.Name, distributed.MaxRestarts ?? 0)
            : null;
        var roles = elastic is null ? Led(distributed.Roles, "master", isNeeded: true) : distributed.Roles;
        return new PyTorchJobSpec(
            Policy(plan, isSuspended), Replicas(plan, roles, "pytorch", "pytorchjob-port", 23456), Text(distributed.ProcessesPerNode ?? 1), elastic);
    }

    private static MPIJobSpec Mpi(TrainingPlan plan, bool isSuspended)
    {
        var distributed = plan.Distributed;
        IReadOnlyList<ReplicaRole> roles =
        [
            (distributed.Roles.FirstOrDefault(role => role.Name == "launcher") ?? new ReplicaRole("launcher")) with { Command = MpiLaunch.CommandOf(distributed, plan.Pod.Job.Work.Command) },
            distributed.Roles.First(role => role.Name == "worker") with { Command = ["/usr/sbin/sshd", "-De"] },
        ];
        return new MPIJobSpec(Policy(plan, isSuspended), distributed.ProcessesPerNode ?? 1, "WaitForWorkersReady", "OpenMPI", Replicas(plan, roles, "mpi", null, 0));
    }

    /// <summary>Roles with a leader: where the definition has workers alone, the first of them leads.</summary>
    private static IReadOnlyList<ReplicaRole> Led(IReadOnlyList<ReplicaRole> roles, string leader, bool isNeeded)
    {
        if (!isNeeded || roles.Any(role => role.Name == leader)) return roles;
        var workers = roles.First(role => role.Name == "worker");
        return workers.Replicas == 1 ? [workers with { Name = leader }] : [workers with { Name = leader, Replicas = 1 }, workers with { Replicas = workers.Replicas - 1 }];
    }

    private static Dictionary<string, ReplicaSpec> Replicas(TrainingPlan plan, IReadOnlyList<ReplicaRole> roles, string container, string? portName, int port) =>
        roles.ToDictionary(role => role.Name == "ps" ? "PS" : char.ToUpperInvariant(role.Name[0]) + role.Name[1..], role =>
        {
            var pod = JobManifest.Pod(plan.Pod with { Command = Launched(plan, role), Job = With(plan.Pod.Job, role.Resources) });
            var main = pod.Containers[0];
            main.Name = container;
            if (portName is not null) main.Ports = [new V1ContainerPort { Name = portName, ContainerPort = port, Protocol = "TCP" }];
            main.Env = [.. Variables(plan, role, TrainingReading.IndexLabel)];
            main.VolumeMounts.Add(Checkpoint(plan.Pod));
            return new ReplicaSpec(role.Replicas, "Never", new V1PodTemplateSpec { Metadata = MetadataOf(plan), Spec = pod });
        }, StringComparer.Ordinal);

    /// <summary>What a replica is told beside the secret.</summary>
    public static IEnumerable<V1EnvVar> Variables(TrainingPlan plan, ReplicaRole role, string indexLabel)
    {
        var told = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [GangContract.Role] = role.Name,
            [GangContract.Restart] = Text(plan.Restart),
            [GangContract.Checkpoint] = CheckpointPath,
        };
        if (role.Resources?.Cpus is { } cpus) JobVariables.Limit(told, cpus);
        yield return new V1EnvVar
        {
            Name = GangContract.Replica,
            ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = $"metadata.labels['{indexLabel}']" } },
        };
        foreach (var (name, value) in told) yield return new V1EnvVar { Name = name, Value = value };
    }

    /// <summary>On the first volume of the profile that may be written and stays; else in the pod's own folder, which goes with it.</summary>
    public static V1VolumeMount Checkpoint(PodPlan pod)
    {
        var volumes = pod.Profile.Options.Volumes;
        for (var i = 0; i < volumes.Count; i++)
            if (volumes[i] is { Claim: not null, ReadOnly: false }) return new V1VolumeMount { Name = JobManifest.NameOf(i), MountPath = CheckpointPath, SubPath = $"mesh-checkpoints/{pod.Job.Id}" };
        return new V1VolumeMount { Name = JobManifest.Folder, MountPath = CheckpointPath, SubPath = "checkpoint" };
    }

    public static Job With(Job job, JobResources? resources) => job with { Policy = (job.Policy ?? new JobPolicy()) with { Resources = resources } };

    public static V1ObjectMeta MetadataOf(TrainingPlan plan)
    {
        var annotations = new Dictionary<string, string>(plan.Pod.Profile.Options.Annotations) { [ICustomKind.RestartAnnotation] = Text(plan.Restart) };
        return new V1ObjectMeta { Labels = new Dictionary<string, string>(plan.Pod.Labels), Annotations = annotations };
    }

    /// <summary>The operator starts one program in each pod: several processes of it are torchrun's, which finds what it needs in PET_ variables.</summary>
    public static IReadOnlyList<string> Launched(TrainingPlan plan, ReplicaRole role)
    {
        var command = role.Command ?? plan.Pod.Job.Work.Command;
        var needsTorchrun = plan.Distributed is { Framework: TrainingFramework.Pytorch, ProcessesPerNode: > 1 } or { Elastic: not null };
        return needsTorchrun && !Launchers.IsTorchrun(command) ? ["torchrun", "--no-python", .. command] : command;
    }

    private static RunPolicy Policy(TrainingPlan plan, bool isSuspended) => new(
        "None", plan.Pod.Profile.Options.TtlSeconds, plan.Pod.Job.TimeoutSeconds + plan.Pod.Profile.Options.PendingSeconds + 600L, 0, isSuspended,
        new SchedulingPolicy(plan.Distributed.Elastic?.Min ?? (plan.Distributed.Roles.Sum(role => role.Replicas) + (NeedsLauncher(plan.Distributed) ? 1 : 0))));

    private static bool NeedsLauncher(Distribution distributed) => distributed.Framework == TrainingFramework.Mpi && distributed.Roles.All(role => role.Name != "launcher");

    public static CustomObject Object(TrainingPlan plan, string version, string kind, object spec)
    {
        var metadata = MetadataOf(plan);
        (metadata.Name, metadata.NamespaceProperty) = (plan.Pod.Name, plan.Pod.Profile.Options.Namespace);
        return new CustomObject { ApiVersion = version, Kind = kind, Metadata = metadata, Spec = spec };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
