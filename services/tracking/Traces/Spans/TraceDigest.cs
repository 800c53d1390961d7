using System.Text.Json;

namespace Mesh.Tracking.Traces.Spans;

/// <summary>What is known of a trace by some of its spans, for traces whose clients send nothing else.</summary>
internal static class TraceDigest
{
    private const int Preview = 1000;
    private const int LongestEntry = 8000;
    private const int LongestName = 250;

    // An attribute of the first span is the metadata of the trace.
    private static readonly (string Attribute, string Key)[] Known =
        [("session.id", TraceKeys.Session), (TraceKeys.Session, TraceKeys.Session), ("user.id", TraceKeys.User), (TraceKeys.User, TraceKeys.User), (TraceKeys.SourceRun, TraceKeys.SourceRun)];

    /// <summary>The id that clients know a trace by.</summary>
    public static string IdOf(Span span) => $"tr-{span.TraceId}";

    /// <summary>The trace as these spans show it: not ended unless the span that it begins with is among them.</summary>
    public static Trace Of(string id, long experiment, string artifacts, IReadOnlyCollection<Span> spans)
    {
        var (start, end) = (spans.Min(span => span.Start), spans.Max(span => Math.Max(span.Start, span.End)));
        var root = spans.FirstOrDefault(span => span.Parent is null);
        var tags = new Dictionary<string, string> { [TraceKeys.ArtifactLocation] = artifacts, [TraceKeys.SpansLocation] = TraceKeys.InStore };
        var metadata = new Dictionary<string, string>();
        if (root is not null)
        {
            if (root.Name is { Length: > 0 and <= LongestName }) tags[TraceKeys.Name] = Clean(root.Name);
            foreach (var (attribute, key) in Known)
                if (root.Text(attribute) is { Length: > 0 and <= LongestEntry } text) metadata[key] = Clean(Plain(text));
        }

        return new Trace(
            id, experiment, DateTimeOffset.UnixEpoch.AddTicks(start / 100), (end - start) / 1_000_000,
            root is null ? TraceStates.InProgress : root.Failed ? TraceStates.Error : TraceStates.Ok, null,
            Begin(root?.Text("mlflow.spanInputs") ?? root?.Text("input.value")), Begin(root?.Text("mlflow.spanOutputs") ?? root?.Text("output.value")), metadata, tags);
    }

    private static string? Begin(string? text)
    {
        if (text is null) return null;
        // Not in the middle of a character.
        var length = text.Length <= Preview ? text.Length : char.IsHighSurrogate(text[Preview - 1]) ? Preview - 1 : Preview;
        return Clean(text[..length]);
    }

    // Clients of MLflow write texts as JSON.
    private static string Plain(string text)
    {
        if (text[0] != '"') return text;
        try
        {
            return JsonSerializer.Deserialize<string>(text) ?? text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static string Clean(string text) => text.Replace('\0', ' ');
}
