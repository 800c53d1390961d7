using System.Text.Json.Nodes;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>A span of OpenTelemetry.</summary>
/// <param name="TraceId">32 hex digits.</param>
/// <param name="Id">16 hex digits.</param>
/// <param name="Parent">16 hex digits; null for the span that the trace begins with.</param>
/// <param name="Start">Nanoseconds since 1970.</param>
/// <param name="End">Nanoseconds since 1970; 0 while it goes on.</param>
/// <param name="Failed">Whether its status is an error.</param>
/// <param name="Attributes">Its attributes, in the form of <see cref="SpanJson"/>.</param>
/// <param name="Content">All of it, in the form of <see cref="SpanJson"/>.</param>
internal sealed record Span(string TraceId, string Id, string? Parent, string Name, long Start, long End, bool Failed, JsonArray Attributes, JsonObject Content)
{
    /// <summary>The text of an attribute; null when there is none, or when it is something else.</summary>
    public string? Text(string key)
    {
        foreach (var attribute in Attributes)
            if (attribute!["key"]!.GetValue<string>() == key) return attribute["value"]?["string_value"]?.GetValue<string>();
        return null;
    }
}

/// <summary>Spans that are not in form.</summary>
internal sealed class SpanFormatException(string message) : Exception(message);
