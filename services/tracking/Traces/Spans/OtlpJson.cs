using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>Reads the spans of an <c>ExportTraceServiceRequest</c> in JSON, which is protobuf's but for the ids: they are hex digits.</summary>
internal static class OtlpJson
{
    // As deep as values may be within each other, each with the objects and lists around it.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 200 };

    /// <exception cref="SpanFormatException">The body is something else.</exception>
    public static List<Span> Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Deep);
            return
            [
                .. from resource in Items(document.RootElement, "resourceSpans")
                   from scope in Items(resource, "scopeSpans")
                   from span in Items(scope, "spans")
                   select ReadSpan(span),
            ];
        }
        catch (JsonException e)
        {
            throw new SpanFormatException($"the body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine}");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is no text.
            throw new SpanFormatException("a text of the body is not in Unicode");
        }
    }

    private static Span ReadSpan(JsonElement span)
    {
        var status = Member(span, "status");
        return SpanJson.Span(
            Id(span, "traceId"), Id(span, "spanId"), Id(span, "parentSpanId"), Text(span, "traceState"), Text(span, "name") ?? "",
            Choice(span, "kind", "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"),
            Nanoseconds(span, "startTimeUnixNano"), Nanoseconds(span, "endTimeUnixNano"), Attributes(span, 0),
            [.. Items(span, "events").Select(item => SpanJson.Event(Nanoseconds(item, "timeUnixNano"), Text(item, "name") ?? "", Attributes(item, 0)))],
            [.. Items(span, "links").Select(link => SpanJson.Link(Id(link, "traceId"), Id(link, "spanId"), Attributes(link, 0)))],
            status is { } given ? Choice(given, "code", "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR") : 0, status is { } told ? Text(told, "message") : null);
    }

    private static JsonArray Attributes(JsonElement of, int depth, string name = "attributes") => [.. Items(of, name).Select(attribute =>
        SpanJson.Attribute(Text(attribute, "key") ?? "", Member(attribute, "value") is { } value ? Value(value, depth) : []))];

    private static JsonObject Value(JsonElement value, int depth)
    {
        SpanJson.CheckDepth(depth);
        if (Text(value, "stringValue") is { } text) return SpanJson.Text(text);
        if (Member(value, "boolValue") is { } flag) return flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? SpanJson.Flag(flag.GetBoolean()) : throw Wrong("boolValue");
        if (Member(value, "intValue") is { } integer) return SpanJson.Integer(long.TryParse(Literal(integer), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : throw Wrong("intValue"));
        if (Member(value, "doubleValue") is { } number)
            return SpanJson.Number(double.TryParse(Literal(number), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? real : throw Wrong("doubleValue"));
        if (Member(value, "arrayValue") is { } list) return SpanJson.List([.. Items(list, "values").Select(item => Value(item, depth + 1))]);
        if (Member(value, "kvlistValue") is { } entries) return SpanJson.Entries(Attributes(entries, depth + 1, "values"));
        if (Member(value, "bytesValue") is { } bytes) return bytes.ValueKind is JsonValueKind.String && bytes.TryGetBytesFromBase64(out var raw) ? SpanJson.Bytes(raw) : throw Wrong("bytesValue");
        return [];
    }

    private static JsonElement? Member(JsonElement of, string name)
    {
        if (of.ValueKind is not JsonValueKind.Object) throw new SpanFormatException($"'{name}' is looked for in something that is no object");
        return of.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
    }

    private static IEnumerable<JsonElement> Items(JsonElement of, string name) =>
        Member(of, name) is not { } items ? [] : items.ValueKind is JsonValueKind.Array ? items.EnumerateArray() : throw Wrong(name);

    private static string? Text(JsonElement of, string name) => Member(of, name) is not { } text ? null : text.ValueKind is JsonValueKind.String ? text.GetString() : throw Wrong(name);

    private static byte[] Id(JsonElement of, string name)
    {
        try
        {
            return Convert.FromHexString(Text(of, name) ?? "");
        }
        catch (FormatException)
        {
            throw Wrong(name);
        }
    }

    private static ulong Nanoseconds(JsonElement of, string name) => Member(of, name) is not { } time
        ? 0
        : ulong.TryParse(Literal(time), NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds) ? nanoseconds : throw Wrong(name);

    private static long Choice(JsonElement of, string name, params string[] names) => Member(of, name) switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => value,
        { ValueKind: JsonValueKind.String } text when Array.IndexOf(names, text.GetString()) is >= 0 and var value => value,
        _ => throw Wrong(name),
    };

    // Numbers come as they are, and as texts.
    private static string? Literal(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString() : value.ValueKind is JsonValueKind.Number ? value.GetRawText() : null;

    private static SpanFormatException Wrong(string name) => new($"the value of '{name}' is not in form");
}
