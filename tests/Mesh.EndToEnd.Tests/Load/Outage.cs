using Mesh.Client;

namespace Mesh.EndToEnd.Tests.Load;

/// <summary>Tells what a fault excuses from what is wrong.</summary>
internal static class Outage
{
    /// <summary>Whether something was away: no answer at all, or 502, 503 or 504. An error of a service that is there is never excused.</summary>
    public static bool Excuses(MeshException e) => (int)e.Status is 0 or 502 or 503 or 504;
}
