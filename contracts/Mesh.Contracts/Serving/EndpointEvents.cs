using Mesh.Contracts.Events;

namespace Mesh.Contracts.Serving;

/// <summary>An endpoint was created or pointed to another model or alias.</summary>
[EventType("endpoint.deployed")]
public sealed record EndpointDeployed(string Endpoint, string Model, string Alias, bool CapturePredictions = true) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Endpoint;
}

/// <summary>An endpoint answers from this version of its model now.</summary>
[EventType("endpoint.version-served")]
public sealed record EndpointVersionServed(string Endpoint, string Model, int ModelVersion, int Previous = 0) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Endpoint;
}

/// <summary>A version of the model could not be loaded; the endpoint goes on with what it had, if anything.</summary>
[EventType("endpoint.load-failed")]
public sealed record EndpointLoadFailed(string Endpoint, string Model, int ModelVersion, string Cause) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Endpoint;
}

/// <summary>An endpoint was deleted.</summary>
[EventType("endpoint.deleted")]
public sealed record EndpointDeleted(string Endpoint) : IIntegrationEvent
{
    string IIntegrationEvent.Subject => Endpoint;
}
