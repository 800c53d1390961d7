using Mesh.Contracts.Events;

namespace Mesh.Contracts.Artifacts;

/// <summary>A model was made before its first version, or once more after it was deleted.</summary>
[EventType("model.created")]
public sealed record ModelCreated(string Model) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>What is said of a model (version 0) or of a version changed: its description or tags.</summary>
[EventType("model.updated")]
public sealed record ModelUpdated(string Model, int Version = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A model has another name now; it keeps its versions and aliases.</summary>
[EventType("model.renamed")]
public sealed record ModelRenamed(string Model, string From) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A model is gone, with its versions and aliases.</summary>
[EventType("model.deleted")]
public sealed record ModelDeleted(string Model) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A model got a new version; <paramref name="Artifact"/> says from which artifact, when from one of ours.</summary>
[EventType("model.version-registered")]
public sealed record ModelVersionRegistered(
    string Model, int Version, string Framework, string Digest, Guid? RunId = null, string? Artifact = null, int ArtifactVersion = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>An alias of a model points to another version now; 0 where there was or is none.</summary>
[EventType("model.alias-moved")]
public sealed record ModelAliasMoved(string Model, string Alias, int Version, int Previous = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A version of a model was promoted. Always follows the move of the alias.</summary>
[EventType("model.promoted")]
public sealed record ModelPromoted(string Model, int Version, string Alias, int Previous = 0, string? Reason = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A version of a model is gone. Its aliases went before it.</summary>
[EventType("model.version-deleted")]
public sealed record ModelVersionDeleted(string Model, int Version) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A version of a model is in another stage.</summary>
[EventType("model.stage-changed")]
public sealed record ModelStageChanged(string Model, int Version, ModelStage Stage, ModelStage Previous = ModelStage.None) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>Somebody asks for the approval of a version.</summary>
[EventType("model.approval-requested")]
public sealed record ModelApprovalRequested(string Model, int Version, string? Comment = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>A version was approved.</summary>
[EventType("model.approved")]
public sealed record ModelApproved(string Model, int Version, string? Comment = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>The approval of a version was refused.</summary>
[EventType("model.approval-rejected")]
public sealed record ModelApprovalRejected(string Model, int Version, string? Comment = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}

/// <summary>What versions must fulfil before they take an alias changed.</summary>
[EventType("model.gate-changed")]
public sealed record ModelGateChanged(string Model, string Alias) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Model;
}
