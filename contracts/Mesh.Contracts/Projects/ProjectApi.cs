namespace Mesh.Contracts.Projects;

/// <summary>Where a project is in its life.</summary>
public enum ProjectStatus
{
    /// <summary>In use.</summary>
    Active,

    /// <summary>Read-only until restored.</summary>
    Archived,

    /// <summary>Deleted; the services are still purging what it held, and the name is not free yet.</summary>
    Deleting,
}

/// <summary><c>POST /api/v1/projects</c></summary>
public sealed record CreateProject(string Name, string? Description = null, Dictionary<string, string>? Labels = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Name(Name, "name");
        faults.Text(Description, "description", 5000);
        faults.Tags(Labels, "labels");
    }
}

/// <summary><c>PATCH /api/v1/projects/{project}</c>: what is null stays.</summary>
public sealed record DescribeProject(string? Description = null, Dictionary<string, string>? Labels = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Text(Description, "description", 5000);
        faults.Tags(Labels, "labels");
    }
}

/// <summary>A project. <paramref name="Version"/> is also its <c>ETag</c>.</summary>
public sealed record ProjectInfo(
    string Name, string? Description, IReadOnlyDictionary<string, string> Labels, ProjectStatus Status, string CreatedBy,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version);

/// <summary>A member of a project.</summary>
public sealed record Member(string User, Role Role, DateTimeOffset Since);

/// <summary><c>PUT /api/v1/projects/{project}/members/{user}</c></summary>
public sealed record SetMember(Role Role) : IChecked
{
    public void Check(Faults faults) => faults.Require(Role is not Role.None && Enum.IsDefined(Role), "role", "must be viewer, editor, admin or owner.");
}

/// <summary><c>PUT /api/v1/projects/{project}/secrets/{name}</c></summary>
public sealed record SetSecret(string Value) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Value.Length > 0, "value", "must not be empty.");
        faults.Text(Value, "value", 65_536);
    }

    /// <summary>Never shows the value.</summary>
    public override string ToString() => "SetSecret { Value = *** }";
}

/// <summary>A secret as it is listed: never with its value.</summary>
public sealed record SecretInfo(string Name, DateTimeOffset UpdatedAt, string UpdatedBy);

/// <summary><c>POST /internal/projects/{project}/secrets/reveal</c>, for the functions service alone.</summary>
public sealed record RevealSecrets(IReadOnlyList<string> Names);

/// <summary>The values that were asked for by name.</summary>
public sealed record RevealedSecrets(IReadOnlyDictionary<string, string> Values)
{
    /// <summary>Never shows the values.</summary>
    public override string ToString() => $"RevealedSecrets {{ {Values.Count} }}";
}

/// <summary>What one service still holds of a project: a count per kind of thing, such as <c>runs: 12</c>.</summary>
public sealed record ProjectUsage(IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>Whether nothing is left.</summary>
    public bool IsEmpty() => Counts.Values.All(count => count == 0);
}
