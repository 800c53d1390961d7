using System.Diagnostics;
using Marten;
using Mesh.Hosting.Identity;

namespace Mesh.Hosting.Store;

/// <summary>Opens sessions that cannot forget their project nor who acts.</summary>
public static class StoreSessions
{
    internal const string TraceParent = "traceparent";

    /// <summary>A session for writing, on the project's tenant, that stamps the actor and the trace on every event.</summary>
    public static IDocumentSession OpenSession(this IDocumentStore store, Caller caller, string project)
    {
        var session = store.LightweightSession(project);
        session.Stamp(caller.Name);
        return session;
    }

    /// <summary>A session for reading, on the project's tenant.</summary>
    public static IQuerySession OpenQuery(this IDocumentStore store, string project) => store.QuerySession(project);

    internal static void Stamp(this IDocumentSession session, string actor)
    {
        session.LastModifiedBy = actor;
        if (Activity.Current is not { } activity) return;
        session.CorrelationId = activity.TraceId.ToHexString();
        if (activity.Id is { } id) session.SetHeader(TraceParent, id);
    }
}
