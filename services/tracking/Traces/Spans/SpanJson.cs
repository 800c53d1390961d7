using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>
/// The one form that spans are kept and shown in: protobuf's JSON of <c>opentelemetry.proto.trace.v1.Span</c>, with the fields' own names, bytes in base64 and
/// integers of 64 bits as texts. Clients of MLflow read it as that message.
/// </summary>
internal static class SpanJson
{
    /// <summary>The most values within each other: clients read no deeper.</summary>
    public const int MaxDepth = 24;

    // Years until 2261.
    private const ulong LastNanosecond = long.MaxValue;

    /// <summary>Puts a span together.</summary>
    /// <exception cref="SpanFormatException">Its ids or times are not in form.</exception>
    public static Span Span(
        byte[] trace, byte[] id, byte[] parent, string? state, string name, long kind, ulong start, ulong end, JsonArray attributes, JsonArray events, JsonArray links, long code, string? message)
    {
        if (trace.Length != 16 || trace.All(b => b == 0)) throw new SpanFormatException("the trace ID of a span must have 16 bytes, not all of them zero");
        if (id.Length != 8 || id.All(b => b == 0)) throw new SpanFormatException("the ID of a span must have 8 bytes, not all of them zero");
        var root = parent.All(b => b == 0);
        if (!root && parent.Length != 8) throw new SpanFormatException("the parent of a span must have 8 bytes, or none");
        if (start > LastNanosecond || end > LastNanosecond) throw new SpanFormatException("the times of a span are nanoseconds since 1970");
        var content = new JsonObject { ["trace_id"] = Convert.ToBase64String(trace), ["span_id"] = Convert.ToBase64String(id) };
        if (!string.IsNullOrEmpty(state)) content["trace_state"] = state;
        if (!root) content["parent_span_id"] = Convert.ToBase64String(parent);
        content["name"] = name;
        content["kind"] = kind is >= 0 and <= 5 ? kind : 0;
        content["start_time_unix_nano"] = Text(start);
        content["end_time_unix_nano"] = Text(end);
        content["attributes"] = attributes;
        content["events"] = events;
        content["links"] = links;
        var status = new JsonObject { ["code"] = code switch { 1 => "STATUS_CODE_OK", 2 => "STATUS_CODE_ERROR", _ => "STATUS_CODE_UNSET" } };
        if (!string.IsNullOrEmpty(message)) status["message"] = message;
        content["status"] = status;
        return new Span(Convert.ToHexStringLower(trace), Convert.ToHexStringLower(id), root ? null : Convert.ToHexStringLower(parent), name, (long)start, (long)end, code == 2, attributes, content);
    }

    public static JsonObject Attribute(string key, JsonObject value) => new() { ["key"] = key, ["value"] = value };

    public static JsonObject Event(ulong time, string name, JsonArray attributes) => new() { ["time_unix_nano"] = Text(time), ["name"] = name, ["attributes"] = attributes };

    public static JsonObject Link(byte[] trace, byte[] id, JsonArray attributes) =>
        new() { ["trace_id"] = Convert.ToBase64String(trace), ["span_id"] = Convert.ToBase64String(id), ["attributes"] = attributes };

    public static JsonObject Text(string value) => new() { ["string_value"] = value };

    public static JsonObject Flag(bool value) => new() { ["bool_value"] = value };

    public static JsonObject Integer(long value) => new() { ["int_value"] = value.ToString(CultureInfo.InvariantCulture) };

    public static JsonObject Number(double value) => new()
    {
        ["double_value"] = double.IsFinite(value) ? value : double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity",
    };

    public static JsonObject Bytes(ReadOnlySpan<byte> value) => new() { ["bytes_value"] = Convert.ToBase64String(value) };

    public static JsonObject List(JsonArray values) => new() { ["array_value"] = new JsonObject { ["values"] = values } };

    public static JsonObject Entries(JsonArray values) => new() { ["kvlist_value"] = new JsonObject { ["values"] = values } };

    /// <summary>Refuses values that are too deep within each other.</summary>
    public static void CheckDepth(int depth)
    {
        if (depth > MaxDepth) throw new SpanFormatException(string.Create(CultureInfo.InvariantCulture, $"values of attributes are at most {MaxDepth} deep within each other"));
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
