using Mesh.Contracts.Events;

namespace Mesh.Contracts.Monitoring;

/// <summary>The inputs of an endpoint no longer look like the training data.</summary>
[EventType("drift.detected")]
public sealed record DriftDetected(
    string Endpoint, string Model, int ModelVersion, IReadOnlyList<FeatureDrift> Features, DateTimeOffset WindowFrom, DateTimeOffset WindowTo, long Rows) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Endpoint;
}

/// <summary>The inputs look like the training data again, or a new version took their shape in.</summary>
[EventType("drift.cleared")]
public sealed record DriftCleared(string Endpoint, string Model, int ModelVersion) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Endpoint;
}

/// <summary>An alert rule fired.</summary>
[EventType("alert.activated")]
public sealed record AlertActivated(string Rule, Guid EventId, string EventType, string EventSubject, Guid? JobId = null) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Rule;
}

/// <summary>A webhook was paused by the platform, since its receiver takes nothing: what happens meanwhile waits for it.</summary>
[EventType("webhook.paused")]
public sealed record WebhookPaused(string Webhook, string Cause) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Webhook;
}
