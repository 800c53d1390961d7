using Mesh.Contracts.Monitoring;
using Mesh.Monitoring.Drift;

namespace Mesh.Monitoring.Monitors;

/// <summary>The monitor of an endpoint: its settings, its reference, and what its windows have said so far.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="Endpoint">Name of the endpoint.</param>
/// <param name="Model">Name of the model that the endpoint answers from.</param>
/// <param name="ModelVersion">Version whose training data are the reference; 0 before it is known.</param>
/// <param name="Settings">What counts as drift.</param>
/// <param name="Status">What the windows say together.</param>
/// <param name="ConsecutiveDrifted">Drifted windows in a row, up to now.</param>
/// <param name="ConsecutiveClean">Clean windows in a row, up to now.</param>
/// <param name="LastWindow">The window that was closed last.</param>
/// <param name="Since">When the status became what it is.</param>
/// <param name="ReferenceAt">When the reference became what it is: older news about it is ignored.</param>
/// <param name="ClosedThrough">End of the last closed window per reference (<see cref="ReferenceKey"/>): what makes each window count exactly once.</param>
/// <param name="IsRemoved">Whether the endpoint is gone.</param>
public sealed record EndpointMonitor(
    string Id, string Endpoint, string Model, int ModelVersion, ConfigureMonitor Settings, DriftStatus Status, int ConsecutiveDrifted, int ConsecutiveClean,
    DriftWindow? LastWindow, DateTimeOffset? Since, DateTimeOffset ReferenceAt, IReadOnlyDictionary<string, DateTimeOffset> ClosedThrough, bool IsRemoved)
{
    private const int MostReferences = 32;

    /// <summary>Key of the stream of an endpoint's monitor.</summary>
    public static string StreamOf(string endpoint) => $"monitor-{endpoint}";

    /// <summary>Names a reference in <see cref="ClosedThrough"/>.</summary>
    public static string ReferenceKey(string model, int version) => $"{model}:{version}";

    /// <summary>End of the last closed window of the current reference; the beginning of time before the first.</summary>
    public DateTimeOffset ClosedThroughNow() => ClosedThrough.GetValueOrDefault(ReferenceKey(Model, ModelVersion), DateTimeOffset.MinValue);

    /// <summary>The last closed window of a version; null before the first. One of the served version is as it was, another as long as windows are now.</summary>
    public EventWindow? LastWindowOf(int version) =>
        LastWindow is { } last && last.ModelVersion == version ? new EventWindow(last.From, last.To)
        : ClosedThrough.TryGetValue(ReferenceKey(Model, version), out var end) ? new EventWindow(end.AddSeconds(-Settings.WindowSeconds), end)
        : null;

    public static EndpointMonitor Create(MonitorEvent.Created e) => new(
        StreamOf(e.Endpoint), e.Endpoint, e.Model, 0, e.Settings, DriftStatus.Unknown, 0, 0, null, null, e.At,
        new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal), false);

    // What is closed stays closed: the rows of before are still there when the endpoint comes back.
    public EndpointMonitor Apply(MonitorEvent.Created e) => Create(e) with { Id = Id, ClosedThrough = ClosedThrough };

    public EndpointMonitor Apply(MonitorEvent.Configured e) => this with { Settings = e.Settings };

    public EndpointMonitor Apply(MonitorEvent.ReferenceChanged e) => this with
    {
        Model = e.Model,
        ModelVersion = e.ModelVersion,
        ReferenceAt = e.AsOf,
        Status = DriftStatus.Unknown,
        Since = e.At,
        ConsecutiveDrifted = 0,
        ConsecutiveClean = 0,
        LastWindow = null,
    };

    public EndpointMonitor Apply(MonitorEvent.WindowClosed e)
    {
        var closed = this with { LastWindow = e.Window, ClosedThrough = With(ReferenceKey(Model, e.Window.ModelVersion), e.Window.To) };
        if (!e.Judged) return closed;
        var drifted = e.Window.Drifted ? ConsecutiveDrifted + 1 : 0;
        var clean = e.Window.Drifted ? 0 : ConsecutiveClean + 1;
        var status = (Status, e.Window.Drifted) switch
        {
            (DriftStatus.Drifted, _) => DriftStatus.Drifted,
            (_, true) => DriftStatus.Suspected,
            (_, false) => DriftStatus.Stable,
        };
        return closed with { ConsecutiveDrifted = drifted, ConsecutiveClean = clean, Status = status, Since = status == Status ? Since : e.At };
    }

    public EndpointMonitor Apply(MonitorEvent.DriftDetected e) => this with { Status = DriftStatus.Drifted, Since = e.At };

    public EndpointMonitor Apply(MonitorEvent.DriftCleared e) => this with { Status = DriftStatus.Stable, Since = e.At };

    public EndpointMonitor Apply(MonitorEvent.Removed e) => this with { IsRemoved = true, Status = DriftStatus.Unknown, Since = e.At };

    private Dictionary<string, DateTimeOffset> With(string reference, DateTimeOffset through)
    {
        var kept = ClosedThrough.Count >= MostReferences && !ClosedThrough.ContainsKey(reference)
            ? ClosedThrough.OrderByDescending(pair => pair.Value).Take(MostReferences - 1)
            : ClosedThrough.AsEnumerable();
        return new Dictionary<string, DateTimeOffset>(kept, StringComparer.Ordinal) { [reference] = through };
    }
}
