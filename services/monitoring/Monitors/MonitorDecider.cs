using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Decisions;

namespace Mesh.Monitoring.Monitors;

/// <summary>What can be asked of a monitor.</summary>
public abstract record MonitorCommand
{
    private MonitorCommand() { }

    /// <summary>The endpoint was deployed. Settings that somebody made stay.</summary>
    public sealed record Deploy(string Endpoint, string Model, DateTimeOffset At) : MonitorCommand;

    /// <summary>Somebody sets what counts as drift.</summary>
    /// <param name="Endpoint">Name of the endpoint.</param>
    /// <param name="Model">Model of the endpoint, if it is known to exist: its monitor is made when the news of it has not come yet.</param>
    /// <param name="Settings">The settings.</param>
    public sealed record Configure(string Endpoint, string? Model, ConfigureMonitor Settings) : MonitorCommand;

    /// <summary>The endpoint answers from this version, as of <paramref name="At"/>.</summary>
    public sealed record Serve(string Endpoint, string Model, int ModelVersion, DateTimeOffset At) : MonitorCommand;

    /// <summary>The window has been counted. <paramref name="Judged"/> is false where there was nothing to compare the rows with.</summary>
    public sealed record CloseWindow(string Model, DriftWindow Window, bool Judged) : MonitorCommand;

    /// <summary>The endpoint was deleted.</summary>
    public sealed record Remove : MonitorCommand;
}

/// <summary>The rules of monitors: pure.</summary>
public static class MonitorDecider
{
    /// <summary>What follows from the command in this state, at this time.</summary>
    public static Decision<MonitorEvent> Decide(MonitorCommand command, EndpointMonitor? state, DateTimeOffset now) => (command, state) switch
    {
        (MonitorCommand.Deploy c, null or { IsRemoved: true }) => new MonitorEvent.Created(c.Endpoint, c.Model, new ConfigureMonitor(), now),
        (MonitorCommand.Deploy c, _) => ChangeReference(state, c.Model, c.Model == state.Model ? state.ModelVersion : 0, c.At, now),

        (MonitorCommand.Configure { Model: { } model } c, null or { IsRemoved: true }) => new MonitorEvent.Created(c.Endpoint, model, c.Settings, now),
        (MonitorCommand.Configure c, null or { IsRemoved: true }) => Unknown(c.Endpoint),
        (MonitorCommand.Configure c, _) => c.Settings == state.Settings ? Decision<MonitorEvent>.Nothing : new MonitorEvent.Configured(c.Settings, now),

        (MonitorCommand.Serve c, null) => Decision<MonitorEvent>.Of(
            new MonitorEvent.Created(c.Endpoint, c.Model, new ConfigureMonitor(), now), new MonitorEvent.ReferenceChanged(c.Model, c.ModelVersion, c.At, now)),
        (MonitorCommand.Serve, { IsRemoved: true }) => Decision<MonitorEvent>.Nothing,
        (MonitorCommand.Serve c, _) => ChangeReference(state, c.Model, c.ModelVersion, c.At, now),

        (MonitorCommand.CloseWindow, null or { IsRemoved: true }) => Decision<MonitorEvent>.Nothing,
        (MonitorCommand.CloseWindow c, _) => Close(c, state, now),

        (MonitorCommand.Remove, null or { IsRemoved: true }) => Decision<MonitorEvent>.Nothing,
        (MonitorCommand.Remove, _) => Ended(state, state.Model, state.ModelVersion, new MonitorEvent.Removed(now), now),

        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    /// <summary>The refusal for an endpoint that has no monitor.</summary>
    public static Rejection Unknown(string endpoint) =>
        Rejection.NotFound("monitor.unknown", $"There is no monitor of an endpoint '{endpoint}': it is made when the endpoint is deployed.");

    private static Decision<MonitorEvent> ChangeReference(EndpointMonitor state, string model, int version, DateTimeOffset at, DateTimeOffset now)
    {
        if (model == state.Model && version == state.ModelVersion) return Decision<MonitorEvent>.Nothing;

        // News that comes late: a newer reference is in place already. A first version is always news.
        if (at < state.ReferenceAt && state.ModelVersion != 0) return Decision<MonitorEvent>.Nothing;
        return Ended(state, model, version, new MonitorEvent.ReferenceChanged(model, version, at, now), now);
    }

    private static Decision<MonitorEvent> Close(MonitorCommand.CloseWindow command, EndpointMonitor state, DateTimeOffset now)
    {
        var window = command.Window;
        if (command.Model != state.Model || window.ModelVersion != state.ModelVersion) return Decision<MonitorEvent>.Nothing;
        if (window.From < state.ClosedThroughNow()) return Decision<MonitorEvent>.Nothing;

        var judged = command.Judged && window.Rows >= state.Settings.MinRows;
        var closed = new MonitorEvent.WindowClosed(judged ? window : window with { Drifted = false, Features = [] }, judged, now);
        if (!judged) return closed;

        var (settings, isDrifted) = (state.Settings, state.Status == DriftStatus.Drifted);
        if (window.Drifted && !isDrifted && state.ConsecutiveDrifted + 1 >= settings.WindowsToDetect)
        {
            return Decision<MonitorEvent>.Of(closed, new MonitorEvent.DriftDetected(
                state.Endpoint, state.Model, state.ModelVersion, [.. window.Features.Where(feature => feature.Drifted)],
                window.From, window.To, window.Rows, now));
        }

        if (!window.Drifted && isDrifted && state.ConsecutiveClean + 1 >= settings.WindowsToClear)
            return Decision<MonitorEvent>.Of(closed, new MonitorEvent.DriftCleared(state.Endpoint, state.Model, state.ModelVersion, now));
        return closed;
    }

    // Whoever heard of the drift hears that it is over.
    private static Decision<MonitorEvent> Ended(EndpointMonitor state, string model, int version, MonitorEvent last, DateTimeOffset now) =>
        state.Status == DriftStatus.Drifted
            ? Decision<MonitorEvent>.Of(new MonitorEvent.DriftCleared(state.Endpoint, model, version, now), last)
            : last;
}
