using Marten.Metadata;
using Mesh.Contracts.Serving;

namespace Mesh.Serving.Endpoints;

/// <summary>An endpoint: which model it follows under which alias, and what became of that.</summary>
/// <param name="Id">Key of its stream.</param>
/// <param name="ServingModel">Model that answers now: another one than <paramref name="Model"/> until the first version of that is loaded.</param>
/// <param name="ServingVersion">Its version, 0 before the first load.</param>
/// <param name="FailedVersion">The version that failed to load last, unless one was served since.</param>
/// <param name="Cause">Why it failed.</param>
public sealed record ModelEndpoint(
    string Id, string Name, string Model, string Alias, bool CapturePredictions, string? ServingModel, int ServingVersion, int FailedVersion, string? Cause,
    bool IsDeleted, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) : ITenanted
{
    private const string Prefix = "endpoint:";

    /// <summary>Version of the stream; its ETag.</summary>
    public long Version { get; set; }

    /// <summary>The project.</summary>
    public string? TenantId { get; set; }

    /// <summary>Key of the stream of an endpoint.</summary>
    public static string StreamOf(string name) => Prefix + name;

    public static ModelEndpoint Create(EndpointEvent.Deployed e) =>
        new(StreamOf(e.Endpoint), e.Endpoint, e.Model, e.Alias, e.CapturePredictions, null, 0, 0, null, false, e.By, e.At, e.At);

    public ModelEndpoint Apply(EndpointEvent.Deployed e) => IsDeleted
        ? Create(e) with { Version = Version }
        : this with { Model = e.Model, Alias = e.Alias, CapturePredictions = e.CapturePredictions, FailedVersion = 0, Cause = null, UpdatedAt = e.At };

    public ModelEndpoint Apply(EndpointEvent.VersionServed e) =>
        this with { ServingModel = e.Model, ServingVersion = e.Version, FailedVersion = 0, Cause = null, UpdatedAt = e.At };

    public ModelEndpoint Apply(EndpointEvent.LoadFailed e) => this with { FailedVersion = e.Version, Cause = e.Cause, UpdatedAt = e.At };

    public ModelEndpoint Apply(EndpointEvent.Deleted e) => this with { IsDeleted = true, ServingModel = null, ServingVersion = 0, UpdatedAt = e.At };

    /// <summary>Whether a version of the model that it follows answers.</summary>
    internal bool IsServing => ServingVersion > 0 && ServingModel == Model;

    internal EndpointStatus Status => IsServing ? EndpointStatus.Ready : Cause is not null ? EndpointStatus.Failed : EndpointStatus.Loading;

    internal EndpointInfo ToInfo(long captured, long dropped) => new(
        Name, Model, Alias, Status, IsServing ? ServingVersion : null, Cause, CapturePredictions, captured, dropped, CreatedBy, CreatedAt, UpdatedAt, Version);
}
