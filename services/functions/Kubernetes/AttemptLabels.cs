using System.Globalization;
using Mesh.Functions.Profiles;

namespace Mesh.Functions.Kubernetes;

/// <summary>Names and labels by which what belongs to an attempt is found in a cluster.</summary>
internal static class AttemptLabels
{
    public const string Project = $"{KubernetesNames.Own}project";
    public const string Job = $"{KubernetesNames.Own}job";
    public const string Attempt = $"{KubernetesNames.Own}attempt";
    public const string Installation = $"{KubernetesNames.Own}installation";

    /// <summary>The name of an attempt's objects: 63 characters at most, as the label of a job's pods must be.</summary>
    public static string NameOf(string jobId, int attempt) => string.Create(CultureInfo.InvariantCulture, $"mesh-{jobId}-{attempt}");

    /// <summary>Labels of everything that an attempt makes.</summary>
    public static Dictionary<string, string> Of(string installation, string project, string jobId, int attempt, IReadOnlyDictionary<string, string> more) => new(more)
    {
        [KubernetesNames.ManagedBy] = "mesh",
        [Installation] = installation,
        [Project] = project,
        [Job] = jobId,
        [Attempt] = attempt.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The attempt that an object belongs to; null when its labels do not say.</summary>
    public static (string Project, string JobId, int Attempt)? Read(IDictionary<string, string>? labels) =>
        labels is not null && labels.TryGetValue(Project, out var project) && labels.TryGetValue(Job, out var job) && labels.TryGetValue(Attempt, out var number)
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            ? (project, job, attempt)
            : null;
}
