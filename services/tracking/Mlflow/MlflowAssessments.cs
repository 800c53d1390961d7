using System.Text.Json.Nodes;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Mlflow;
using Mesh.Tracking.Traces.Assessments;

namespace Mesh.Tracking.Mlflow;

internal sealed record MlflowAssessmentSource(string SourceType, string? SourceId);

internal sealed record MlflowAssessment(
    string AssessmentId, string AssessmentName, string TraceId, string? SpanId, MlflowAssessmentSource Source, string CreateTime, string LastUpdateTime, JsonNode? Feedback, JsonNode? Expectation,
    string? Rationale, IReadOnlyDictionary<string, string>? Metadata, string? Overrides, bool Valid);

internal sealed record MlflowAssessmentAnswer(MlflowAssessment Assessment);

/// <summary>Assessments of traces in the shape of the protocol, read and written.</summary>
internal static class MlflowAssessments
{
    private const int NameLength = 250;
    private const int RationaleLength = 32_000;

    // What a feedback or an expectation may hold.
    private static readonly string[] Contents = ["value", "serialized_value", "error"];

    /// <summary>Reads an assessment of a trace.</summary>
    /// <exception cref="RejectedException">It is not in form.</exception>
    public static Assessment Read(MlflowArguments given, string trace, DateTimeOffset now)
    {
        var kind = Kind(given) ?? throw MlflowRefusal.Invalid("Unknown assessment type: None. It needs a 'feedback' or an 'expectation'.");
        var source = given.RequiredObject("source");
        var created = given.Text("create_time") is { } time ? MlflowTraces.Time(given, "create_time", time) : now;
        return new Assessment(
            given.Text("assessment_id") is { Length: > 0 } id ? Id(id) : $"a-{Guid.CreateVersion7():N}", trace, Perhaps(given, "span_id", 50), Name(given.Required("assessment_name")), kind, Content(given, kind),
            SourceType(source), Perhaps(source, "source_id", NameLength), Perhaps(given, "rationale", RationaleLength), MlflowTraces.Checked(given.Map("metadata"), "metadata"),
            given.Text("overrides") is { Length: > 0 } old ? Id(old) : null, given.Flag("valid") ?? true, created,
            given.Text("last_update_time") is { } changed ? MlflowTraces.Time(given, "last_update_time", changed) : created);
    }

    /// <summary>Reads what changes of an assessment: the fields that <c>update_mask</c> names.</summary>
    /// <exception cref="RejectedException">It is not in form.</exception>
    public static AssessmentChange Change(MlflowArguments arguments)
    {
        var given = arguments.RequiredObject("assessment");
        var change = new AssessmentChange(null, null, null, null, new Dictionary<string, string>(), null);
        foreach (var path in arguments.Required("update_mask").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            change = path switch
            {
                "assessmentName" or "assessment_name" => change with { Name = Name(given.Required("assessment_name")) },
                AssessmentKinds.Feedback or AssessmentKinds.Expectation when change.Kind is null || change.Kind == path => change with { Kind = path, Content = Content(given, path) },
                "rationale" => change with { Rationale = MlflowForm.Value(given.Text("rationale") ?? "", "rationale", RationaleLength) },
                "metadata" => change with { Metadata = MlflowTraces.Checked(given.Map("metadata"), "metadata") },
                "valid" => change with { Valid = given.Flag("valid") ?? throw MlflowRefusal.Missing("assessment.valid") },
                _ => throw arguments.Wrong("update_mask", "fields of assessmentName, feedback or expectation, rationale, metadata, valid, with commas between them"),
            };
        }

        return change;
    }

    /// <summary>An assessment as the protocol shows it.</summary>
    public static MlflowAssessment Show(Assessment a) => new(
        a.Id, a.Name, a.Trace, a.Span, new MlflowAssessmentSource(a.SourceType, a.SourceId), MlflowTraces.Time(a.CreatedAt), MlflowTraces.Time(a.UpdatedAt),
        a.Kind == AssessmentKinds.Feedback ? JsonNode.Parse(a.Content) : null, a.Kind == AssessmentKinds.Expectation ? JsonNode.Parse(a.Content) : null, a.Rationale,
        a.Metadata.Count == 0 ? null : a.Metadata, a.Overrides, a.Valid);

    /// <summary>The store's refusal in the protocol's codes.</summary>
    public static RejectedException Refused(Rejection rejected, string trace) => rejected.Code switch
    {
        "trace.unknown" => MlflowTraces.Missing(trace),
        "assessment.unknown" => MlflowRefusal.NotFound($"Assessment not found in trace '{trace}'."),
        _ => MlflowRefusal.Invalid(rejected.Detail),
    };

    private static string? Kind(MlflowArguments given) => (given.Object(AssessmentKinds.Feedback), given.Object(AssessmentKinds.Expectation)) switch
    {
        (not null, not null) => throw MlflowRefusal.Invalid("An assessment is a feedback or an expectation, not both."),
        (not null, _) => AssessmentKinds.Feedback,
        (_, not null) => AssessmentKinds.Expectation,
        _ => null,
    };

    private static string Content(MlflowArguments given, string kind)
    {
        var part = given.RequiredObject(kind);
        var content = new JsonObject();
        foreach (var name in Contents)
            if (part.Json(name) is { } json) content[name] = JsonNode.Parse(json.GetRawText());
        if (content.Count == 0) throw MlflowRefusal.Missing($"{kind}.value");
        // Its names and texts must be texts in Unicode.
        try
        {
            return content.ToJsonString();
        }
        catch (InvalidOperationException)
        {
            throw given.Wrong(kind, "JSON with texts in Unicode");
        }
    }

    private static string SourceType(MlflowArguments source) => source.Required("source_type").ToUpperInvariant() switch
    {
        "HUMAN" => "HUMAN",
        // What judges by language models were called first.
        "LLM_JUDGE" or "AI_JUDGE" => "LLM_JUDGE",
        "CODE" => "CODE",
        _ => throw source.Wrong("source_type", "HUMAN, LLM_JUDGE or CODE"),
    };

    private static string Name(string name) => MlflowForm.Value(name, "assessment_name", NameLength);

    private static string Id(string id) => id.Length <= 50 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        ? id
        : throw MlflowRefusal.Invalid("Invalid assessment ID: it must have at most 50 letters, digits, '-' and '_'.");

    private static string? Perhaps(MlflowArguments given, string name, int most) => given.Text(name) is { } text ? MlflowForm.Value(text, name, most) : null;
}
