using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Events;

/// <summary>
/// An integration event as it travels: a CloudEvents 1.0 event in structured JSON form, on RabbitMQ, in the journal, over SSE and in webhooks.
/// The extension attributes are <c>project</c>, <c>streamversion</c>, <c>actor</c> and <c>traceparent</c>.
/// </summary>
public sealed record MeshEvent
{
    /// <summary>Always <c>1.0</c>.</summary>
    [JsonPropertyName("specversion")] public string SpecVersion { get; init; } = "1.0";

    /// <summary>Id of the stored event; the same on every delivery.</summary>
    [JsonPropertyName("id")] public required Guid Id { get; init; }

    /// <summary>Publishing service, such as <c>/mesh/tracking</c>.</summary>
    [JsonPropertyName("source")] public required string Source { get; init; }

    /// <summary>Type of the event, such as <c>run.completed</c>.</summary>
    [JsonPropertyName("type")] public required string Type { get; init; }

    /// <summary>What it is about.</summary>
    [JsonPropertyName("subject")] public required string Subject { get; init; }

    /// <summary>When it was committed.</summary>
    [JsonPropertyName("time")] public required DateTimeOffset Time { get; init; }

    /// <summary>Always <c>application/json</c>.</summary>
    [JsonPropertyName("datacontenttype")] public string DataContentType { get; init; } = "application/json";

    /// <summary>The project it happened in.</summary>
    [JsonPropertyName("project")] public required string Project { get; init; }

    /// <summary>Version of the subject's stream at this event: grows with every event of the subject, with gaps where events stay inside the service.</summary>
    [JsonPropertyName("streamversion")] public required long StreamVersion { get; init; }

    /// <summary>Who caused it.</summary>
    [JsonPropertyName("actor")] public string? Actor { get; init; }

    /// <summary>W3C trace context of the request that caused it.</summary>
    [JsonPropertyName("traceparent")] public string? TraceParent { get; init; }

    /// <summary>The contract record as JSON.</summary>
    [JsonPropertyName("data")] public required JsonElement Data { get; init; }

    /// <summary>Reads the contract record.</summary>
    /// <exception cref="JsonException">The data does not have the shape of <typeparamref name="T"/>.</exception>
    public T DataAs<T>() where T : IIntegrationEvent =>
        Data.Deserialize<T>(MeshJson.Tolerant) ?? throw new JsonException($"Event {Id} of type {Type} has no data.");
}
