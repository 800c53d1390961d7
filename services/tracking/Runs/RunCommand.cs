namespace Mesh.Tracking.Runs;

/// <summary>What can be asked of a run. An attempt of null means: on nobody's lease (a person, or a program that was never given one).</summary>
internal abstract record RunCommand
{
    private RunCommand()
    {
    }

    /// <param name="ParentExists">Looked up by the caller; true when there is no parent.</param>
    public sealed record Create(
        Guid RunId, string Name, string Experiment, string? Kind, Guid? Parent, IReadOnlyDictionary<string, string> Params,
        IReadOnlyDictionary<string, string> Tags, string CreatedBy, string? Fingerprint = null, bool ParentExists = true) : RunCommand;

    public sealed record Start(int Attempt, string? Worker) : RunCommand;

    /// <summary>An attempt failed and another will follow.</summary>
    public sealed record LoseAttempt(int Attempt, string Cause) : RunCommand;

    public sealed record LogParams(IReadOnlyDictionary<string, string> Params, int? Attempt) : RunCommand;

    public sealed record SetTags(IReadOnlyDictionary<string, string> Tags) : RunCommand;

    public sealed record Complete(int? Attempt) : RunCommand;

    public sealed record Fail(string Cause, int? Attempt) : RunCommand;

    public sealed record RequestAbort(string? Reason, int? Attempt) : RunCommand;

    public sealed record ConfirmAbort(string? Reason, int? Attempt) : RunCommand;

    public sealed record Delete : RunCommand;
}
