using Mesh.Functions.Definitions;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Code;

/// <summary>An attempt that is being made ready.</summary>
/// <param name="Content">What the function holds; null for a bare command.</param>
/// <param name="Environment">The variables so far.</param>
internal sealed record Staged(
    AttemptKey Key, Job Job, FunctionContent? Content, AttemptFolder Folder, IReadOnlyDictionary<string, string> Environment, AttemptOutput Output)
{
    /// <summary>The secrets that it gets as files, by name.</summary>
    public IReadOnlyDictionary<string, string> SecretFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>Where Mesh puts what is not the job's own code, below the working folder.</summary>
    public const string Own = ".mesh";

    /// <summary>A path below <see cref="Own"/>.</summary>
    public string OwnPath(params ReadOnlySpan<string> parts) => Path.Combine([Folder.Work, Own, .. parts]);
}
