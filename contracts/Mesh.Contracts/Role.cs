namespace Mesh.Contracts;

/// <summary>What a caller may do in a project. Each role includes the ones before it.</summary>
public enum Role
{
    /// <summary>No access.</summary>
    None = 0,

    /// <summary>Reads everything but secrets.</summary>
    Viewer = 1,

    /// <summary>Writes runs, artifacts, models, functions, jobs, endpoints.</summary>
    Editor = 2,

    /// <summary>Manages members, secrets, alert rules and the project's settings.</summary>
    Admin = 3,

    /// <summary>Archives and deletes the project, names other owners.</summary>
    Owner = 4,
}
