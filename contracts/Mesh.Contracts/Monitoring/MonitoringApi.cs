using System.Text.Json;

namespace Mesh.Contracts.Monitoring;

/// <summary>A stored prediction.</summary>
public sealed record PredictionRecord(
    long Id, string Endpoint, string Model, int ModelVersion, DateTimeOffset EventTime, JsonElement Inputs, JsonElement Outputs, double LatencyMs);

/// <summary>Whether the inputs of an endpoint still look like the training data.</summary>
public enum DriftStatus
{
    /// <summary>Not enough rows to say.</summary>
    Unknown,

    /// <summary>No feature is over its threshold.</summary>
    Stable,

    /// <summary>Some features are over the threshold, not for long enough to say drift.</summary>
    Suspected,

    /// <summary>Drift.</summary>
    Drifted,
}

/// <summary><c>PUT /api/v1/projects/{project}/monitors/{endpoint}</c>; made with these defaults when an endpoint is deployed.</summary>
/// <param name="WindowSeconds">Length of a tumbling window in event time.</param>
/// <param name="MinRows">Windows with fewer rows say nothing.</param>
/// <param name="PsiThreshold">Population stability index from which a feature counts as drifted; 0.2 is the usual rule.</param>
/// <param name="JsThreshold">Jensen-Shannon distance (base 2, 0 to 1) from which a feature counts as drifted.</param>
/// <param name="MinFeatures">Number of drifted features that make a window drifted.</param>
/// <param name="WindowsToDetect">Drifted windows in a row before drift is declared.</param>
/// <param name="WindowsToClear">Clean windows in a row before it is withdrawn.</param>
public sealed record ConfigureMonitor(
    int WindowSeconds = 300, int MinRows = 50, double PsiThreshold = 0.2, double JsThreshold = 0.3, int MinFeatures = 1,
    int WindowsToDetect = 2, int WindowsToClear = 2) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(WindowSeconds is >= 1 and <= 2_592_000, "windowSeconds", "must be 1 to 2,592,000 (30 days).");
        faults.Require(MinRows is >= 1 and <= 10_000_000, "minRows", "must be 1 to 10,000,000.");
        faults.Require(PsiThreshold is > 0 and <= 100, "psiThreshold", "must be over 0 and at most 100.");
        faults.Require(JsThreshold is > 0 and <= 1, "jsThreshold", "must be over 0 and at most 1.");
        faults.Require(MinFeatures is >= 1 and <= 10_000, "minFeatures", "must be 1 to 10,000.");
        faults.Require(WindowsToDetect is >= 1 and <= 100, "windowsToDetect", "must be 1 to 100.");
        faults.Require(WindowsToClear is >= 1 and <= 100, "windowsToClear", "must be 1 to 100.");
    }
}

/// <summary>Drift of one feature in one window.</summary>
public sealed record FeatureDrift(string Feature, double Psi, double JensenShannon, bool Drifted);

/// <summary>One closed window of an endpoint.</summary>
public sealed record DriftWindow(DateTimeOffset From, DateTimeOffset To, long Rows, int ModelVersion, bool Drifted, IReadOnlyList<FeatureDrift> Features);

/// <summary>The state of an endpoint's monitor.</summary>
/// <param name="Predictions">Rows stored.</param>
/// <param name="Late">Rows among them that came after their window was closed, and are judged in none.</param>
/// <param name="ModelVersion">Version whose training data are the reference; absent before it is known.</param>
public sealed record MonitorInfo(
    string Endpoint, string Model, DriftStatus Status, ConfigureMonitor Settings, long Predictions, int ConsecutiveDrifted, int ConsecutiveClean,
    DriftWindow? LastWindow, DateTimeOffset? Since, long Late = 0, int? ModelVersion = null);

/// <summary>What an alert rule does.</summary>
/// <param name="Job">A job to submit, as the body of <c>POST …/jobs</c>. In the values of its params, <c>{{endpoint}}</c>, <c>{{model}}</c>, <c>{{event}}</c> and <c>{{subject}}</c> are filled in.</param>
public sealed record AlertAction(Functions.SubmitJob? Job = null);

/// <summary><c>PUT /api/v1/projects/{project}/alerts/{rule}</c></summary>
/// <param name="EventType">The type of integration event that fires it, such as <c>drift.detected</c>.</param>
/// <param name="Subject">Only events about this subject; any when absent.</param>
/// <param name="CooldownSeconds">Events this soon after the last activation are counted, not acted on.</param>
public sealed record DefineAlertRule(string EventType, AlertAction Action, string? Subject = null, int CooldownSeconds = 0, string? Description = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Events.EventTypes.ByName.ContainsKey(EventType), "eventType", "must be a type of integration event, such as drift.detected.");
        faults.Require(Action.Job is not null, "action.job", "must say which job to submit.");
        if (Action.Job is { } job)
        {
            var inner = new Faults();
            job.Check(inner);
            foreach (var fault in inner.Items) faults.Add($"action.job.{fault.Field}", fault.Message);
        }

        faults.Require(CooldownSeconds is >= 0 and <= 2_592_000, "cooldownSeconds", "must be 0 to 2,592,000 (30 days).");
        faults.Text(Description, "description", 5000);
    }
}

/// <summary>An alert rule.</summary>
/// <param name="Activations">Times that it fired.</param>
/// <param name="Suppressed">Events that it would have fired on, had it not just done so (<paramref name="CooldownSeconds"/>).</param>
public sealed record AlertRuleInfo(
    string Name, string EventType, string? Subject, AlertAction Action, int CooldownSeconds, string? Description, long Activations,
    DateTimeOffset? LastActivatedAt, string CreatedBy, DateTimeOffset CreatedAt, long Suppressed = 0);

/// <summary>One time that a rule fired.</summary>
public sealed record AlertActivation(Guid EventId, string Rule, DateTimeOffset At, Guid? JobId, string? Cause);

/// <summary>An entry of the journal: the position, which is also the <c>Last-Event-ID</c>, and the event.</summary>
public sealed record JournalEntry(long Position, Events.MeshEvent Event);
