namespace Mesh.Tracking.Traces;

/// <summary>What a program did for one request, as its client told it. The spans are a file beside it, or rows of <c>trace_span</c>.</summary>
/// <param name="Duration">In milliseconds; null while it is not known.</param>
/// <param name="State">One of <see cref="TraceStates"/>.</param>
/// <param name="RequestPreview">The beginning of what was asked, as JSON.</param>
/// <param name="ResponsePreview">The beginning of what was answered, as JSON.</param>
internal sealed record Trace(
    string Id, long Experiment, DateTimeOffset RequestedAt, long? Duration, string State, string? ClientRequestId, string? RequestPreview, string? ResponsePreview,
    IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, string> Tags);

/// <summary>The states of traces, as the protocol calls them.</summary>
internal static class TraceStates
{
    public const string Unspecified = "STATE_UNSPECIFIED";
    public const string InProgress = "IN_PROGRESS";
    public const string Ok = "OK";
    public const string Error = "ERROR";
}

/// <summary>Tags and metadata of traces that have a meaning.</summary>
internal static class TraceKeys
{
    /// <summary>Tag: what the trace is called.</summary>
    public const string Name = "mlflow.traceName";

    /// <summary>Tag: the folder of the file that holds the spans. The server says where it is.</summary>
    public const string ArtifactLocation = "mlflow.artifactLocation";

    /// <summary>Tag: where the spans are, if not in a file: <see cref="InStore"/>.</summary>
    public const string SpansLocation = "mlflow.trace.spansLocation";

    /// <summary>The spans are rows here.</summary>
    public const string InStore = "TRACKING_STORE";

    /// <summary>Metadata: the conversation that the trace is of.</summary>
    public const string Session = "mlflow.trace.session";

    /// <summary>Metadata: who asked.</summary>
    public const string User = "mlflow.trace.user";

    /// <summary>Metadata: the run that the program was in.</summary>
    public const string SourceRun = "mlflow.sourceRun";
}
