using Mesh.Client;
using Mesh.Contracts.Functions;

namespace Mesh.Hub.Running;

/// <summary>An item of the hub: what it takes, and how it runs.</summary>
internal interface IHubRunner
{
    /// <summary>The item as the catalogue shows it.</summary>
    HubItem Item { get; }

    /// <summary>Does the work; lines of progress go to the job's output.</summary>
    /// <exception cref="HubFailure">The caller gave what cannot be worked with.</exception>
    /// <exception cref="CommandFailure">What it ran for the caller ended badly.</exception>
    Task RunAsync(Job job, CancellationToken ct);
}

/// <summary>What an item works with.</summary>
/// <param name="Project">Where the data is.</param>
/// <param name="Run">The run that this job is.</param>
internal sealed record Job(ProjectClient Project, RunContext Run, Parameters Params, TextWriter Output)
{
    /// <summary>Where errors go.</summary>
    public TextWriter Errors { get; init; } = TextWriter.Null;

    /// <summary>The working folder.</summary>
    public string Folder { get; init; } = Environment.CurrentDirectory;

    /// <summary>Writes a line of progress.</summary>
    public void Say(string line) => Output.WriteLine(line);
}
