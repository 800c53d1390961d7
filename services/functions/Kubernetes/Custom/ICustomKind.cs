using k8s.Models;
using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Kubernetes.Custom;

/// <summary>Jobs that become a custom resource, which an operator of the cluster turns into pods. Pure: what is made of an attempt, and what is read in what comes back.</summary>
internal interface ICustomKind
{
    /// <summary>The annotation of pods, and of their resource, that says how often this attempt had made them before.</summary>
    const string RestartAnnotation = $"{KubernetesNames.Own}restart";

    /// <summary>Who turns it into pods, in sentences: <c>training operator</c>.</summary>
    string Operator { get; }

    /// <summary>Where its resources are, below a namespace.</summary>
    IReadOnlyList<string> Resources { get; }

    /// <summary>Whether a job is of this kind in such a profile.</summary>
    bool Is(Profile profile, Job job, FunctionContent? content);

    /// <summary>Where the resource of an attempt is.</summary>
    string ResourceOf(Job job);

    /// <summary>How often an attempt may make its resource again.</summary>
    int RestartsOf(Job job);

    /// <summary>The resource.</summary>
    /// <param name="restart">How often it was made before.</param>
    /// <param name="isSuspended">Whether no pod is to be made yet, where the operator can wait: as long as the secret is not there.</param>
    CustomObject Of(AttemptExecution execution, PodPlan pod, int restart, bool isSuspended);

    /// <summary>What the operator of the cluster has set up for such an attempt, and what is made of that before the resource; null when there is nothing.</summary>
    CustomBasis? BasisOf(AttemptExecution execution) => null;

    /// <summary>What is made of the basis, which the resource then refers to.</summary>
    /// <exception cref="AttemptFailedException">It is not fit for that.</exception>
    CustomObject FromBasis(AttemptExecution execution, PodPlan pod, int restart, CustomObject basis) => throw new NotSupportedException();

    /// <summary>Whether its pods have their secret, so that it is followed as it is.</summary>
    bool IsUnderWay(CustomObject there);

    /// <summary>How the resource says that it ended; null while it has not.</summary>
    ExecutionEnd? EndOf(CustomStatus? status);

    /// <summary>What it waits for, in a sentence; null when it runs or has ended.</summary>
    string? WaitOf(CustomStatus? status);

    /// <summary>How a pod is told apart in logs.</summary>
    string LabelOf(V1Pod pod);

    /// <summary>Whether the end of a pod that fails is that of the attempt.</summary>
    bool Decides(V1Pod pod);

    /// <summary>Whether all pods have ended whose good end the attempt waits for.</summary>
    bool HaveEnded(AttemptExecution execution, IReadOnlyList<V1Pod> pods);
}

/// <summary>An object of the cluster's operator that a resource is made with.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OfNamespace">The resource that is looked for first, in the namespace; what is made of it is one of these too.</param>
/// <param name="OfCluster">The resource of the whole cluster that is looked for next.</param>
/// <param name="Missing">What is said when there is none.</param>
internal sealed record CustomBasis(string Name, string OfNamespace, string OfCluster, string Missing);
