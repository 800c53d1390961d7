namespace Mesh.Serving.Endpoints;

/// <summary>What happens to an endpoint.</summary>
public abstract record EndpointEvent
{
    private EndpointEvent()
    {
    }

    /// <summary>It was created, or pointed to another model, alias or way of capturing.</summary>
    public sealed record Deployed(string Endpoint, string Model, string Alias, bool CapturePredictions, string By, DateTimeOffset At) : EndpointEvent;

    /// <summary>It answers from this version now; <paramref name="Previous"/> is 0 where it had none of this model.</summary>
    public sealed record VersionServed(string Endpoint, string Model, int Version, int Previous, DateTimeOffset At) : EndpointEvent;

    /// <summary>A version could not be loaded; 0 where the alias names none. What was served before goes on.</summary>
    public sealed record LoadFailed(string Endpoint, string Model, int Version, string Cause, DateTimeOffset At) : EndpointEvent;

    /// <summary>It is gone; the name may be used again.</summary>
    public sealed record Deleted(string Endpoint, string By, DateTimeOffset At) : EndpointEvent;
}
