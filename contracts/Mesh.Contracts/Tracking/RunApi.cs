using System.Text.Json.Serialization;

namespace Mesh.Contracts.Tracking;

/// <summary>Where a run is in its life. The server enforces the transitions.</summary>
public enum RunStatus
{
    /// <summary>Created, not started.</summary>
    Pending,

    /// <summary>A worker is at it.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Completed,

    /// <summary>Ended badly; the cause says why.</summary>
    Failed,

    /// <summary>An abort was asked for and is not confirmed yet.</summary>
    Aborting,

    /// <summary>Ended by abort.</summary>
    Aborted,
}

/// <summary><c>POST /api/v1/projects/{project}/runs</c></summary>
/// <param name="Name">For people; 1 to 250 characters.</param>
/// <param name="Experiment">Name of the experiment it belongs to, which is made when there is none of that name; <c>Default</c> when absent.</param>
/// <param name="Kind">What made it, such as <c>script</c>, <c>job</c> or <c>trial</c>.</param>
/// <param name="Parent">The run that this one is a child of.</param>
/// <param name="Params">Write-once values.</param>
/// <param name="Tags">Values that may change.</param>
/// <param name="Group">A name that runs of one purpose share, such as the seeds of one configuration.</param>
/// <param name="Source">Where its code came from.</param>
/// <param name="Environment">What it runs on.</param>
/// <param name="Id">Id to use, for callers that already have one (a job's run has the job's id).</param>
public sealed record CreateRun(
    string Name, string? Experiment = null, string? Kind = null, Guid? Parent = null, Dictionary<string, string>? Params = null,
    Dictionary<string, string>? Tags = null, Guid? Id = null, string? Group = null, RunSource? Source = null, RunEnvironment? Environment = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Name.Length is > 0 and <= 250, "name", "must be 1 to 250 characters.");
        if (Experiment is not null) faults.Key(Experiment, "experiment");
        if (Kind is not null) faults.Name(Kind, "kind");
        if (Group is not null) faults.Key(Group, "group");
        Source?.Check(faults, "source");
        Environment?.Check(faults, "environment");
        faults.Require(Id is null || Id.Value != Guid.Empty, "id", "must not be the empty id.");
        RunChecks.Params(faults, Params, "params");
        faults.Tags(Tags, "tags");
    }
}

/// <summary>A run.</summary>
/// <param name="Experiment">Name of its experiment.</param>
/// <param name="ExperimentId">Id of its experiment within the project.</param>
/// <param name="User">For whom it was created.</param>
/// <param name="Group">A name that runs of one purpose share.</param>
/// <param name="Attempt">Number of the attempt that holds the lease, 0 before the first.</param>
/// <param name="Inputs">Data sets that it read.</param>
/// <param name="Outputs">Models that it made.</param>
/// <param name="Artifacts">Artifacts that were logged for it: the newest version of each key.</param>
/// <param name="Cause">Why it failed or was aborted, in a sentence.</param>
/// <param name="Metrics">Latest value of each metric.</param>
/// <param name="Version">Version of its stream.</param>
public sealed record RunInfo(
    Guid Id, string Name, string Experiment, string? Kind, Guid? Parent, RunStatus Status, int Attempt, string? Worker, string? Cause,
    IReadOnlyDictionary<string, string> Params, IReadOnlyDictionary<string, string> Tags, IReadOnlyDictionary<string, MetricSummary> Metrics,
    string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, long Version,
    long ExperimentId = 0, string? User = null, string? Group = null, RunSource? Source = null, RunEnvironment? Environment = null,
    IReadOnlyList<DatasetRef>? Inputs = null, IReadOnlyList<ModelOutput>? Outputs = null, IReadOnlyList<LinkedArtifact>? Artifacts = null);

/// <summary>What is known of one metric of a run without its history.</summary>
/// <param name="Last">
/// Value of the point with the greatest (step, time, value); NaN counts as greater than any number there. <paramref name="LastStep"/> is its step.
/// </param>
/// <param name="Min">The lowest value; NaN only where every value is.</param>
/// <param name="Max">The highest value; NaN only where every value is.</param>
public sealed record MetricSummary(
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Last, long LastStep,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Min,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Max, long Count);

/// <summary><c>POST …/runs/{id}/start</c>: a worker takes the run. A higher attempt takes the lease from the one before.</summary>
public sealed record StartRun(int Attempt = 1, string? Worker = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Attempt is >= 1 and <= 1000, "attempt", "must be 1 to 1,000.");
        faults.Text(Worker, "worker", 250);
    }
}

/// <summary><c>POST …/runs/{id}/complete</c>. With <paramref name="Attempt"/> the report is refused (<c>run.lease-lost</c>) when another attempt holds the lease.</summary>
public sealed record CompleteRun(int? Attempt = null);

/// <summary><c>POST …/runs/{id}/fail</c></summary>
public sealed record FailRun(string Cause, int? Attempt = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Cause.Length > 0, "cause", "must say why the run failed.");
        faults.Text(Cause, "cause", 5000);
    }
}

/// <summary><c>POST …/runs/{id}/abort</c> asks for an abort; <c>POST …/runs/{id}/aborted</c> confirms it.</summary>
public sealed record AbortRun(string? Reason = null, int? Attempt = null) : IChecked
{
    public void Check(Faults faults) => faults.Text(Reason, "reason", 5000);
}

/// <summary><c>POST …/runs/{id}/params</c>: each param is written once; the same value again is accepted, another is refused.</summary>
public sealed record LogParams(Dictionary<string, string> Params, int? Attempt = null) : IChecked
{
    public void Check(Faults faults) => RunChecks.Params(faults, Params, "params");
}

/// <summary><c>POST …/runs/{id}/tags</c>: an empty value removes the tag.</summary>
public sealed record SetTags(Dictionary<string, string> Tags) : IChecked
{
    public void Check(Faults faults) => faults.Tags(Tags, "tags");
}

/// <summary>A value of a metric at a step. NaN and the infinities are kept, written as <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c>.</summary>
/// <param name="Step">Any whole number of 64 bits; it may be negative, and come in any order.</param>
/// <param name="Time">When it was measured, to the microsecond; when it arrives, if absent. Kept as it is, however far from the server's clock.</param>
public sealed record MetricPoint(
    string Name, [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Value, long Step = 0, DateTimeOffset? Time = null);

/// <summary><c>POST …/runs/{id}/metrics</c>: all points or none. With <paramref name="BatchId"/> a second delivery of the batch changes nothing.</summary>
public sealed record LogMetrics(IReadOnlyList<MetricPoint> Points, int? Attempt = null, Guid? BatchId = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Count(Points.Count, "points", 10_000);
        for (var i = 0; i < Points.Count; i++)
        {
            if (Points[i] is null)
            {
                faults.Add($"points[{i}]", "must be a point, not null.");
                continue;
            }

            if (!Names.IsKey(Points[i].Name)) faults.Key(Points[i].Name, $"points[{i}].name");
        }
    }
}

/// <summary>A page of log text. <paramref name="Offset"/> counts bytes from the start of the log.</summary>
public sealed record LogChunk(long Offset, long NextOffset, string Text, bool Complete);

/// <summary>A place in a log where the text stands that was looked for.</summary>
/// <param name="Line">Number of the line, from 1 on.</param>
/// <param name="LineOffset">The byte of the log at which the line begins.</param>
/// <param name="Offset">The byte of the log at which the match begins.</param>
/// <param name="Text">The line as it was written, escape sequences too; of one with more than 2 KiB what is around the match.</param>
/// <param name="Start">Where the match begins in <paramref name="Text"/>, in UTF-16 units.</param>
/// <param name="End">Where it ends there.</param>
/// <param name="Cut">Whether the line is longer than <paramref name="Text"/>.</param>
public sealed record LogMatch(long Line, long LineOffset, long Offset, string Text, int Start, int End, bool Cut = false);

/// <summary>The answer to an append of log text.</summary>
/// <param name="NextOffset">Where the next chunk belongs: the length of the log in bytes.</param>
/// <param name="Cut">Whether the log has reached its limit: further text is dropped, behind a mark in the log that says so.</param>
public sealed record LogPosition(long NextOffset, bool Cut);

internal static class RunChecks
{
    public static void Params(Faults faults, Dictionary<string, string>? values, string field)
    {
        if (values is null) return;
        faults.Count(values.Count, field, 500);
        foreach (var (key, value) in values)
        {
            faults.Key(key, $"{field}.{key}");
            faults.Value(value, $"{field}.{key}", 6000);
        }
    }
}
