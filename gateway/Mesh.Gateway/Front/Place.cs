using Mesh.Gateway.Proxy;
using Mesh.Hosting.Mlflow;

namespace Mesh.Gateway.Front;

/// <summary>What kind of address a request is for.</summary>
internal enum PlaceKind
{
    /// <summary>Answers anybody: health, documentation, login.</summary>
    Open,

    /// <summary>For the platform's own services: not there for anybody outside.</summary>
    Hidden,

    /// <summary>The API outside of any project.</summary>
    Platform,

    /// <summary>The API within a project.</summary>
    Project,

    /// <summary>For platform administrators.</summary>
    Administration,

    /// <summary>The MLflow protocol without a project: in the caller's default one.</summary>
    DefaultProject,

    /// <summary>An address that carries its own permission.</summary>
    Signed,
}

/// <summary>Where a request goes, told from its path alone and without an allocation.</summary>
internal readonly ref struct Place
{
    private Place(PlaceKind kind, ReadOnlySpan<char> project)
    {
        Kind = kind;
        Project = project;
    }

    internal PlaceKind Kind { get; }

    /// <summary>The project whose role counts; empty outside of projects.</summary>
    internal ReadOnlySpan<char> Project { get; }

    internal static Place Of(HttpRequest request)
    {
        var path = request.Path.Value.AsSpan();
        if (Below(path, ServiceRoutes.Projects, out var rest))
        {
            var end = rest.IndexOf('/');
            var project = end < 0 ? rest : rest[..end];
            return project.IsEmpty ? new Place(PlaceKind.Platform, []) : new Place(PlaceKind.Project, project);
        }

        if (Below(path, ServiceRoutes.Mlflow, out rest))
        {
            var end = rest.IndexOf('/');
            if (end <= 0) return new Place(PlaceKind.Platform, []);
            return new Place(rest[end..].StartsWith(ServiceRoutes.SignedFiles, StringComparison.Ordinal) ? PlaceKind.Signed : PlaceKind.Project, rest[..end]);
        }

        if (MlflowError.IsRoot(path)) return new Place(PlaceKind.DefaultProject, []);
        if (Below(path, "/api/v1/events", out _))
            return request.Query["project"] is [{ Length: > 0 } named] ? new Place(PlaceKind.Project, named) : new Place(PlaceKind.Platform, []);
        if (Below(path, "/api", out _)) return new Place(PlaceKind.Platform, []);
        if (Below(path, "/internal", out _)) return new Place(PlaceKind.Hidden, []);
        if (Below(path, "/metrics", out _)) return new Place(PlaceKind.Administration, []);
        return new Place(PlaceKind.Open, []);
    }

    private static bool Below(ReadOnlySpan<char> path, string prefix, out ReadOnlySpan<char> rest)
    {
        rest = [];
        if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        if (path.Length == prefix.Length) return true;
        if (path[prefix.Length] != '/') return false;
        rest = path[(prefix.Length + 1)..];
        return true;
    }
}
