namespace Mesh.Functions.Execution;

/// <summary>What is started as one process of a job.</summary>
/// <param name="Command">The command line; its first part is a path.</param>
/// <param name="Environment">All of its environment.</param>
/// <param name="Folder">Its working folder.</param>
/// <param name="Files">Where its pipes and its exit code lie.</param>
internal sealed record ProcessStart(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, string Folder, ProcessFiles Files);

/// <summary>A process of a job, with its output on its way to the attempt's.</summary>
internal abstract class RunningProcess : IDisposable
{
    /// <summary>The session that it was started in; null where it has none of its own.</summary>
    public abstract int? Session { get; }

    /// <summary>The last line of stderr that was not blank.</summary>
    public abstract string? LastError { get; }

    /// <summary>Starts one: so that it can outlive this service where the machine lets that be, or as a mere child.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static RunningProcess Start(ProcessStart start, AttemptOutput output, SecretMask mask) =>
        KeptProcess.IsAvailable ? KeptProcess.Begin(start, output, mask) : new ChildProcess(start, output, mask);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code, 128 and the signal's number if one ended it.</returns>
    public abstract Task<int> WaitAsync(CancellationToken ct);

    /// <summary>Takes in what it has printed, once it and all around it have ended.</summary>
    public abstract Task CloseAsync();

    /// <summary>Lets it run on without this service, where it can.</summary>
    public abstract Task LeaveAsync();

    public abstract void Dispose();
}
