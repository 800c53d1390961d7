namespace Mesh.Contracts.Tracking;

/// <summary>An experiment: a group of runs.</summary>
/// <param name="Id">Its id within the project; 0 is the experiment that every project has.</param>
/// <param name="Name">Unique in the project, also among the deleted.</param>
/// <param name="Runs">Runs in sight.</param>
/// <param name="LastRunAt">When the newest of them was created; null when there is none.</param>
/// <param name="ArtifactLocation">Where files of its runs are; null for the platform's own store.</param>
/// <param name="Deleted">Whether it was taken out of sight, with its runs.</param>
public sealed record ExperimentInfo(
    long Id, string Name, long Runs, DateTimeOffset? LastRunAt, IReadOnlyDictionary<string, string> Tags, string CreatedBy, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt, string? ArtifactLocation = null, bool Deleted = false);

/// <summary><c>POST /api/v1/projects/{project}/experiments</c></summary>
/// <param name="Name">1 to 250 characters, in form as a key.</param>
public sealed record CreateExperiment(string Name, Dictionary<string, string>? Tags = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Key(Name, "name");
        faults.Tags(Tags, "tags");
    }
}

/// <summary><c>PATCH …/experiments/{id}</c>: what is null stays as it was.</summary>
/// <param name="Name">The new name.</param>
/// <param name="Tags">Tags to set; an empty value removes one.</param>
public sealed record UpdateExperiment(string? Name = null, Dictionary<string, string>? Tags = null) : IChecked
{
    public void Check(Faults faults)
    {
        if (Name is not null) faults.Key(Name, "name");
        faults.Tags(Tags, "tags");
    }
}
