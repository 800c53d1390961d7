using Marten;
using Mesh.Hosting.Identity;

namespace Mesh.Hosting.Store;

/// <summary>Opens sessions that cannot forget their project nor who acts.</summary>
public static class StoreSessions
{
    internal const string TraceParent = "traceparent";

    /// <summary>A session for writing, on the project's tenant, that stamps the actor and the trace on every event.</summary>
    public static IDocumentSession OpenSession(this IDocumentStore store, Caller caller, string project) => Author.Of(caller).Open(store, project);

    /// <summary>A session for reading, on the project's tenant.</summary>
    public static IQuerySession OpenQuery(this IDocumentStore store, string project) => store.QuerySession(project);
}
