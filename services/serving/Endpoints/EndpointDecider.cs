using Mesh.Hosting.Decisions;

namespace Mesh.Serving.Endpoints;

/// <summary>What may be asked of an endpoint, and what its replicas report.</summary>
internal abstract record EndpointCommand
{
    public sealed record Deploy(string Endpoint, string Model, string Alias, bool CapturePredictions, string By) : EndpointCommand;

    public sealed record Delete(string By) : EndpointCommand;

    /// <summary>A replica answers from this version now.</summary>
    public sealed record ReportServed(string Model, int Version) : EndpointCommand;

    /// <summary>A replica could not load this version.</summary>
    public sealed record ReportFailed(string Model, int Version, string Cause) : EndpointCommand;
}

/// <summary>The rules of endpoints. Reports are idempotent, so any number of replicas may make the same one.</summary>
internal static class EndpointDecider
{
    private const int MaxCause = 1000;

    public static Rejection Unknown { get; } = Rejection.NotFound("endpoint.unknown", "There is no such endpoint in this project.");

    public static Decision<EndpointEvent> Decide(EndpointCommand command, ModelEndpoint? state, DateTimeOffset now) => (command, state) switch
    {
        (EndpointCommand.Deploy c, null or { IsDeleted: true }) => Deployed(c, now),
        (EndpointCommand.Deploy c, { } endpoint) when (c.Model, c.Alias, c.CapturePredictions) == (endpoint.Model, endpoint.Alias, endpoint.CapturePredictions) =>
            Decision<EndpointEvent>.Nothing,
        (EndpointCommand.Deploy c, _) => Deployed(c, now),
        (_, null or { IsDeleted: true }) => Unknown,
        (EndpointCommand.Delete c, { } endpoint) => new EndpointEvent.Deleted(endpoint.Name, c.By, now),
        (EndpointCommand.ReportServed c, { } endpoint) => Served(c, endpoint, now),
        (EndpointCommand.ReportFailed c, { } endpoint) => Failed(c, endpoint, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static EndpointEvent.Deployed Deployed(EndpointCommand.Deploy c, DateTimeOffset now) =>
        new(c.Endpoint, c.Model, c.Alias, c.CapturePredictions, c.By, now);

    private static Decision<EndpointEvent> Served(EndpointCommand.ReportServed c, ModelEndpoint endpoint, DateTimeOffset now)
    {
        // A replica that has not heard of a new deployment yet reports on the one before.
        if (c.Model != endpoint.Model) return Decision<EndpointEvent>.Nothing;
        if (endpoint.IsServing && endpoint.ServingVersion == c.Version && endpoint.Cause is null) return Decision<EndpointEvent>.Nothing;
        return new EndpointEvent.VersionServed(endpoint.Name, c.Model, c.Version, endpoint.ServingModel == c.Model ? endpoint.ServingVersion : 0, now);
    }

    private static Decision<EndpointEvent> Failed(EndpointCommand.ReportFailed c, ModelEndpoint endpoint, DateTimeOffset now)
    {
        var cause = c.Cause.Length <= MaxCause ? c.Cause : c.Cause[..MaxCause];
        if (c.Model != endpoint.Model || (c.Version == endpoint.FailedVersion && cause == endpoint.Cause)) return Decision<EndpointEvent>.Nothing;
        return new EndpointEvent.LoadFailed(endpoint.Name, c.Model, c.Version, cause, now);
    }
}
