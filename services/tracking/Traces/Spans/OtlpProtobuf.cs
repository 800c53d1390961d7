using System.Text.Json.Nodes;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>Reads the spans of an <c>ExportTraceServiceRequest</c> in protobuf. The numbers are those of its fields.</summary>
internal static class OtlpProtobuf
{
    /// <exception cref="SpanFormatException">The body is something else.</exception>
    public static List<Span> Read(ReadOnlySpan<byte> body)
    {
        var spans = new List<Span>();
        var request = new ProtoReader(body);
        while (request.Next())
        {
            if (request.Field == 1) ReadResource(request.Bytes(), spans);
            else request.Skip();
        }

        return spans;
    }

    private static void ReadResource(ReadOnlySpan<byte> message, List<Span> spans)
    {
        var resource = new ProtoReader(message);
        while (resource.Next())
        {
            if (resource.Field == 2) ReadScope(resource.Bytes(), spans);
            else resource.Skip();
        }
    }

    private static void ReadScope(ReadOnlySpan<byte> message, List<Span> spans)
    {
        var scope = new ProtoReader(message);
        while (scope.Next())
        {
            if (scope.Field == 2) spans.Add(ReadSpan(scope.Bytes()));
            else scope.Skip();
        }
    }

    private static Span ReadSpan(ReadOnlySpan<byte> message)
    {
        byte[] trace = [], id = [], parent = [];
        var (state, name, kind, start, end) = ("", "", 0L, 0UL, 0UL);
        JsonArray attributes = [], events = [], links = [];
        var (code, text) = (0L, "");
        var span = new ProtoReader(message);
        while (span.Next())
        {
            switch (span.Field)
            {
                case 1:
                    trace = span.Bytes().ToArray();
                    break;
                case 2:
                    id = span.Bytes().ToArray();
                    break;
                case 3:
                    state = span.Text();
                    break;
                case 4:
                    parent = span.Bytes().ToArray();
                    break;
                case 5:
                    name = span.Text();
                    break;
                case 6:
                    kind = (long)span.Integer();
                    break;
                case 7:
                    start = span.Fixed();
                    break;
                case 8:
                    end = span.Fixed();
                    break;
                case 9:
                    attributes.Add(ReadAttribute(span.Bytes(), 0));
                    break;
                case 11:
                    events.Add(ReadEvent(span.Bytes()));
                    break;
                case 13:
                    links.Add(ReadLink(span.Bytes()));
                    break;
                case 15:
                    (code, text) = ReadStatus(span.Bytes());
                    break;
                default:
                    span.Skip();
                    break;
            }
        }

        return SpanJson.Span(trace, id, parent, state, name, kind, start, end, attributes, events, links, code, text);
    }

    private static (long Code, string Message) ReadStatus(ReadOnlySpan<byte> message)
    {
        var (code, text) = (0L, "");
        var status = new ProtoReader(message);
        while (status.Next())
        {
            if (status.Field == 2) text = status.Text();
            else if (status.Field == 3) code = (long)status.Integer();
            else status.Skip();
        }

        return (code, text);
    }

    private static JsonObject ReadEvent(ReadOnlySpan<byte> message)
    {
        var (time, name, attributes) = (0UL, "", new JsonArray());
        var item = new ProtoReader(message);
        while (item.Next())
        {
            if (item.Field == 1) time = item.Fixed();
            else if (item.Field == 2) name = item.Text();
            else if (item.Field == 3) attributes.Add(ReadAttribute(item.Bytes(), 0));
            else item.Skip();
        }

        return SpanJson.Event(time, name, attributes);
    }

    private static JsonObject ReadLink(ReadOnlySpan<byte> message)
    {
        byte[] trace = [], id = [];
        JsonArray attributes = [];
        var link = new ProtoReader(message);
        while (link.Next())
        {
            if (link.Field == 1) trace = link.Bytes().ToArray();
            else if (link.Field == 2) id = link.Bytes().ToArray();
            else if (link.Field == 4) attributes.Add(ReadAttribute(link.Bytes(), 0));
            else link.Skip();
        }

        return SpanJson.Link(trace, id, attributes);
    }

    private static JsonObject ReadAttribute(ReadOnlySpan<byte> message, int depth)
    {
        var (key, value) = ("", new JsonObject());
        var attribute = new ProtoReader(message);
        while (attribute.Next())
        {
            if (attribute.Field == 1) key = attribute.Text();
            else if (attribute.Field == 2) value = ReadValue(attribute.Bytes(), depth);
            else attribute.Skip();
        }

        return SpanJson.Attribute(key, value);
    }

    private static JsonObject ReadValue(ReadOnlySpan<byte> message, int depth)
    {
        SpanJson.CheckDepth(depth);
        var value = new JsonObject();
        var any = new ProtoReader(message);
        while (any.Next())
        {
            switch (any.Field)
            {
                case 1:
                    value = SpanJson.Text(any.Text());
                    break;
                case 2:
                    value = SpanJson.Flag(any.Integer() != 0);
                    break;
                case 3:
                    value = SpanJson.Integer((long)any.Integer());
                    break;
                case 4:
                    value = SpanJson.Number(any.Number());
                    break;
                case 5:
                    value = SpanJson.List(ReadItems(any.Bytes(), depth, entries: false));
                    break;
                case 6:
                    value = SpanJson.Entries(ReadItems(any.Bytes(), depth, entries: true));
                    break;
                case 7:
                    value = SpanJson.Bytes(any.Bytes());
                    break;
                default:
                    any.Skip();
                    break;
            }
        }

        return value;
    }

    private static JsonArray ReadItems(ReadOnlySpan<byte> message, int depth, bool entries)
    {
        JsonArray items = [];
        var list = new ProtoReader(message);
        while (list.Next())
        {
            if (list.Field == 1) items.Add(entries ? ReadAttribute(list.Bytes(), depth + 1) : ReadValue(list.Bytes(), depth + 1));
            else list.Skip();
        }

        return items;
    }
}
