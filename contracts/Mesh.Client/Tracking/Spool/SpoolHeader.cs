namespace Mesh.Client.Tracking.Spool;

/// <summary>Whose points a spool file holds. There is no credential in it: whoever sends the file has their own.</summary>
/// <param name="Api">Scheme, host and port of the mesh.</param>
internal sealed record SpoolHeader(int Version, string Api, string Project, Guid Run)
{
    /// <summary>The version that is written, and the newest that is understood.</summary>
    public const int Current = 1;

    public static SpoolHeader Of(Uri api, string project, Guid run) => new(Current, ServerOf(api), project, run);

    /// <summary>An address as files name it: without a user's name and password, and without a path.</summary>
    public static string ServerOf(Uri api) => api.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped).ToLowerInvariant();
}
