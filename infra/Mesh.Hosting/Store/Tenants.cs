namespace Mesh.Hosting.Store;

/// <summary>Tenants of the stores. A project is a tenant under its own name.</summary>
public static class Tenants
{
    /// <summary>The tenant of things that belong to no project. Not a valid name of a project.</summary>
    public const string Platform = "_platform";
}
