namespace Mesh.Contracts.Serving;

/// <summary>Where an endpoint is in its life.</summary>
public enum EndpointStatus
{
    /// <summary>The model is being fetched and loaded.</summary>
    Loading,

    /// <summary>Serves.</summary>
    Ready,

    /// <summary>No version could be loaded; the cause says why.</summary>
    Failed,
}

/// <summary><c>PUT /api/v1/projects/{project}/endpoints/{endpoint}</c></summary>
/// <param name="Model">Name of a registered model.</param>
/// <param name="Alias">The alias to follow: when it moves, the endpoint moves with no failed request.</param>
/// <param name="CapturePredictions">Whether inputs and outputs are sent to monitoring.</param>
public sealed record DeployEndpoint(string Model, string Alias = "champion", bool CapturePredictions = true) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Names.IsModel(Model), "model", Names.ModelForm);
        faults.Require(Names.IsAlias(Alias) || Alias == "latest", "alias", "must be 1 to 255 of a-z, A-Z, 0-9, '_' and '-': an alias of the model, or 'latest'.");
    }
}

/// <summary>An endpoint.</summary>
/// <param name="ServingVersion">Version of the model that answers now, null before the first load.</param>
/// <param name="Cause">Why the newest load failed.</param>
/// <param name="Captured">Predictions captured by this replica since its start.</param>
/// <param name="Dropped">Predictions that the full capture buffer of this replica dropped.</param>
public sealed record EndpointInfo(
    string Name, string Model, string Alias, EndpointStatus Status, int? ServingVersion, string? Cause, bool CapturePredictions,
    long Captured, long Dropped, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version);
