using System.Globalization;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;
using Mesh.Hosting.Search;
using Mesh.Tracking.Experiments;
using Mesh.Tracking.Search;
using Mesh.Tracking.Traces;
using Mesh.Tracking.Traces.Assessments;

namespace Mesh.Tracking.Mlflow;

internal sealed record MlflowExperimentPlace(string ExperimentId);

internal sealed record MlflowTracePlace(string Type, MlflowExperimentPlace MlflowExperiment);

internal sealed record MlflowTraceInfo(
    string TraceId, string? ClientRequestId, MlflowTracePlace TraceLocation, string? RequestPreview, string? ResponsePreview, string RequestTime, string? ExecutionDuration,
    string State, IReadOnlyDictionary<string, string>? TraceMetadata, IReadOnlyDictionary<string, string>? Tags, IReadOnlyList<MlflowAssessment>? Assessments);

internal sealed record MlflowTrace(MlflowTraceInfo TraceInfo, IReadOnlyList<MlflowSpan>? Spans = null);

internal sealed record MlflowTraceAnswer(MlflowTrace Trace);

internal sealed record MlflowTraceList(IReadOnlyList<MlflowTrace>? Traces);

internal sealed record MlflowTracePage(IReadOnlyList<MlflowTraceInfo>? Traces, string? NextPageToken);

internal sealed record MlflowTracesDeleted(int TracesDeleted);

/// <summary>Traces in the shape of the protocol (<c>TraceInfoV3</c>), read and written. Times and durations are those of protobuf's JSON: RFC 3339, and seconds with an s.</summary>
internal static class MlflowTraces
{
    /// <summary>A hundred years: more is an error of a clock. Less than nothing happens to clocks that are set back.</summary>
    public const long LongestSeconds = 3_155_760_000;

    private const string InExperiment = "MLFLOW_EXPERIMENT";
    private const int IdLength = 50;
    private const int UsualResults = 100;
    private const int MostResults = 500;

    /// <summary>Reads a trace.</summary>
    /// <param name="now">When it was asked for, unless it says so.</param>
    /// <exception cref="RejectedException">It is not in form.</exception>
    public static Trace Read(MlflowArguments info, DateTimeOffset now) => new(
        Id(info.Required("trace_id")), ExperimentOf(info.RequiredObject("trace_location")), info.Text("request_time") is { } time ? Time(info, "request_time", time) : now,
        info.Text("execution_duration") is { } duration ? Milliseconds(info, duration) : null, State(info), Perhaps(info, "client_request_id", 250),
        Perhaps(info, "request_preview", MlflowLimits.TracePreview), Perhaps(info, "response_preview", MlflowLimits.TracePreview),
        Checked(info.Map("trace_metadata"), "trace_metadata"), Checked(info.Map("tags"), "tags"));

    /// <summary>Checks the form of a trace's id: it is a part of addresses.</summary>
    public static string Id(string id) => id.Length <= IdLength && char.IsAsciiLetterOrDigit(id[0]) && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        ? id
        : throw MlflowRefusal.Invalid($"Invalid trace ID: it must have at most {IdLength} letters, digits, '-' and '_', and begin with a letter or a digit.");

    /// <summary>Checks the form of tags or metadata.</summary>
    public static Dictionary<string, string> Checked(Dictionary<string, string> entries, string name)
    {
        foreach (var (key, value) in entries) MlflowForm.Value(value, MlflowForm.Key(key, $"{name} key"), MlflowLimits.TagValue);
        return entries;
    }

    /// <summary>The experiment that traces are written to.</summary>
    public static async Task<Experiment> ActiveAsync(ExperimentDirectory experiments, string project, string id, CancellationToken ct)
    {
        var experiment = await experiments.FindAsync(project, MlflowIds.Experiment(id), ct) ?? throw TrackingRefusal.NoExperiment(id);
        return experiment.Deleted ? throw MlflowRefusal.Invalid($"The experiment {id} must be in the 'active' state. Current state is deleted.") : experiment;
    }

    /// <summary>A page of the traces that a search is after: <c>filter</c>, <c>order_by</c>, <c>max_results</c>, <c>page_token</c>.</summary>
    public static async Task<(IReadOnlyList<Trace> Traces, string? Next)> FindAsync(TraceSearch search, string project, long[] experiments, MlflowArguments arguments, CancellationToken ct)
    {
        var numbers = experiments.Distinct().Order().ToArray();
        var limit = arguments.Integer("max_results") ?? UsualResults;
        if (limit is < 1 or > MostResults) throw arguments.Wrong("max_results", $"1 to {MostResults}");
        var (filter, orders) = (arguments.Text("filter"), arguments.Texts("order_by"));
        var query = MlflowSearch.Parse(Searched.Traces, filter, orders);
        var fingerprint = PageToken.Fingerprint([project, "traces", filter, .. orders, .. numbers.Select(MlflowIds.Of)]);
        return await search.FindAsync(project, numbers, query, fingerprint, (int)limit, arguments.After(fingerprint), ct);
    }

    /// <summary>Reads the experiment of a place.</summary>
    public static long ExperimentOf(MlflowArguments place)
    {
        if (place.Text("type") is { } type && type != InExperiment) throw place.Wrong("type", $"{InExperiment}: traces are kept in experiments alone");
        return MlflowIds.Experiment(place.RequiredObject("mlflow_experiment").Required("experiment_id"));
    }

    /// <summary>A trace as the protocol shows it.</summary>
    public static MlflowTraceInfo Show(Trace trace, IEnumerable<Assessment> assessments) => new(
        trace.Id, trace.ClientRequestId, new MlflowTracePlace(InExperiment, new MlflowExperimentPlace(MlflowIds.Of(trace.Experiment))), trace.RequestPreview, trace.ResponsePreview,
        Time(trace.RequestedAt), trace.Duration is { } duration ? Seconds(duration) : null, trace.State, OrAbsent(trace.Metadata), OrAbsent(trace.Tags),
        assessments.Select(MlflowAssessments.Show).ToList().OrAbsent());

    /// <summary>Where the files of a trace are.</summary>
    public static string Artifacts(Experiment experiment, string trace) => $"{MlflowIds.TraceFolder(experiment, trace)}/artifacts";

    /// <summary>There is no such trace.</summary>
    public static RejectedException Missing(string id) => MlflowRefusal.NotFound($"Trace with ID '{id}' not found.");

    /// <summary>The store's refusal in the protocol's codes.</summary>
    public static RejectedException Refused(Rejection rejected) => rejected.Code == "trace.exists" ? MlflowRefusal.Exists(rejected.Detail) : TrackingRefusal.Of(rejected);

    public static MlflowTraceAnswer Answer(Trace trace, IEnumerable<Assessment> assessments) => new(new MlflowTrace(Show(trace, assessments)));

    private static IReadOnlyDictionary<string, string>? OrAbsent(IReadOnlyDictionary<string, string> entries) => entries.Count == 0 ? null : entries;

    private static string State(MlflowArguments info) => info.Text("state") switch
    {
        null => TraceStates.Unspecified,
        TraceStates.Unspecified or TraceStates.InProgress or TraceStates.Ok or TraceStates.Error => info.Text("state")!,
        _ => throw info.Wrong("state", "OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED"),
    };

    private static string? Perhaps(MlflowArguments info, string name, int most) => info.Text(name) is { } text ? MlflowForm.Value(text, name, most) : null;

    /// <summary>Reads a time.</summary>
    public static DateTimeOffset Time(MlflowArguments info, string name, string text)
    {
        // Nanoseconds are more than a DateTimeOffset holds.
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var digits = dot < 0 ? -1 : text.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9');
        if (digits > 7) text = text.Remove(dot + 8, digits - 7);
        return digits != 0
            && DateTimeOffset.TryParseExact(
                text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time >= DateTimeOffset.UnixEpoch
            // PostgreSQL keeps microseconds; the last tick of all would be infinity to it.
            ? time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond))
            : throw info.Wrong(name, "a time since 1970 such as 2026-01-31T12:00:00.000Z");
    }

    /// <summary>A time as the protocol writes it.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString(
        time.Microsecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss.fff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static long Milliseconds(MlflowArguments info, string text) =>
        text.EndsWith('s') && double.TryParse(text.AsSpan(..^1), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var seconds)
        && Math.Abs(seconds) <= LongestSeconds
            ? (long)Math.Truncate((decimal)seconds * 1000)
            : throw info.Wrong("execution_duration", "seconds such as 1.5s, at most a hundred years");

    private static string Seconds(long milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000m:0.###}s");
}
