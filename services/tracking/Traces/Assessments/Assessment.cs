using Mesh.Hosting.Decisions;

namespace Mesh.Tracking.Traces.Assessments;

/// <summary>What kind of judgement an assessment is.</summary>
internal static class AssessmentKinds
{
    /// <summary>How good an answer was.</summary>
    public const string Feedback = "feedback";

    /// <summary>What the answer should have been.</summary>
    public const string Expectation = "expectation";
}

/// <summary>What somebody, a judge or a program says of a trace, or of one of its spans.</summary>
/// <param name="Kind">One of <see cref="AssessmentKinds"/>.</param>
/// <param name="Content">The feedback or the expectation as its client wrote it, as JSON: value, perhaps an error.</param>
/// <param name="SourceType">HUMAN, LLM_JUDGE or CODE.</param>
/// <param name="Overrides">The assessment that this one takes the place of.</param>
/// <param name="Valid">False for one in whose place there is another.</param>
internal sealed record Assessment(
    string Id, string Trace, string? Span, string Name, string Kind, string Content, string SourceType, string? SourceId, string? Rationale, IReadOnlyDictionary<string, string> Metadata,
    string? Overrides, bool Valid, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>How much of a trace's room it takes.</summary>
    public int Characters => Content.Length + (Rationale?.Length ?? 0) + Metadata.Sum(entry => entry.Key.Length + entry.Value.Length);

    /// <summary>The assessment with what was changed.</summary>
    /// <returns>The refusal when it is of another kind.</returns>
    public (Assessment? Changed, Rejection? Rejected) With(AssessmentChange change, DateTimeOffset now)
    {
        if (change.Kind is { } kind && kind != Kind) return (null, Rejection.Malformed("assessment.kind", $"Cannot update the {kind} of an assessment that is {(Kind == AssessmentKinds.Expectation ? "an" : "a")} {Kind}."));
        var metadata = new Dictionary<string, string>(Metadata, StringComparer.Ordinal);
        foreach (var (key, value) in change.Metadata) metadata[key] = value;
        return (this with
        {
            Name = change.Name ?? Name,
            Content = change.Content ?? Content,
            Rationale = change.Rationale ?? Rationale,
            Metadata = metadata,
            Valid = change.Valid ?? Valid,
            UpdatedAt = now,
        }, null);
    }
}

/// <summary>What of an assessment changes; null for what stays. Metadata are added to those that are there.</summary>
internal sealed record AssessmentChange(string? Name, string? Kind, string? Content, string? Rationale, IReadOnlyDictionary<string, string> Metadata, bool? Valid);
