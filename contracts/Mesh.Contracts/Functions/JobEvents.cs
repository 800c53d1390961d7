using Mesh.Contracts.Events;

namespace Mesh.Contracts.Functions;

/// <summary>A function got a new version.</summary>
[EventType("function.defined")]
public sealed record FunctionDefined(string Function, int Version, string Hash) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Function;
}

/// <summary>A job was queued. Its run has the same id.</summary>
/// <param name="Function">The function it runs, if one.</param>
/// <param name="FunctionHash">Hash of that version's content.</param>
/// <param name="Item">The item of the hub that it runs, if one.</param>
[EventType("job.submitted")]
public sealed record JobSubmitted(
    Guid JobId, string Name, string Experiment, string SubmittedBy, IReadOnlyDictionary<string, string> Params,
    IReadOnlyDictionary<string, string>? Tags = null, string? Function = null, int? FunctionVersion = null, string? FunctionHash = null,
    string? Item = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => JobId.ToString();
}

/// <summary>A worker started an attempt.</summary>
[EventType("job.started")]
public sealed record JobStarted(Guid JobId, int Attempt, string Worker) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => JobId.ToString();
}

/// <summary>An attempt ended badly and another follows.</summary>
[EventType("job.attempt-failed")]
public sealed record JobAttemptFailed(Guid JobId, int Attempt, string Cause, DateTimeOffset? NextAttemptAt = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => JobId.ToString();
}

/// <summary>A job ended well.</summary>
[EventType("job.succeeded")]
public sealed record JobSucceeded(Guid JobId, int Attempt) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => JobId.ToString();
}

/// <summary>A job ended badly.</summary>
[EventType("job.failed")]
public sealed record JobFailed(Guid JobId, int Attempt, string Cause) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => JobId.ToString();
}

/// <summary>A job was ended by abort.</summary>
[EventType("job.aborted")]
public sealed record JobAborted(Guid JobId, int Attempt, string? Reason = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => JobId.ToString();
}
