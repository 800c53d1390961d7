using System.Diagnostics;
using JasperFx.Events;
using Marten;
using Mesh.Contracts.Events;
using Mesh.Hosting.Identity;

namespace Mesh.Hosting.Store;

/// <summary>Who writes, of which trace it is a part, and the event that led to it: what is stamped on all that is written.</summary>
/// <param name="Name">Name of the actor.</param>
/// <param name="Cause">Id of the event that led to it; null for a command.</param>
internal sealed record Author(string Name, Activity? Activity, string? Cause = null)
{
    public static Author Of(Caller caller) => new(caller.Name, Activity.Current);

    public static Author Of(MeshEvent e) => new(e.Actor ?? e.Source, Activity.Current, e.Id.ToString());

    /// <summary>A session of this author alone.</summary>
    public IDocumentSession Open(IDocumentStore store, string project)
    {
        var session = store.LightweightSession(project);
        session.LastModifiedBy = Name;
        session.CausationId = Cause;
        if (Activity is null) return session;
        session.CorrelationId = Activity.TraceId.ToHexString();
        if (Activity.Id is { } id) session.SetHeader(StoreSessions.TraceParent, id);
        return session;
    }

    /// <summary>Stamps an event in a session that is not this author's alone.</summary>
    public IEvent Stamp(IEvent e)
    {
        e.UserName = Name;
        e.CausationId = Cause;
        if (Activity is null) return e;
        e.CorrelationId = Activity.TraceId.ToHexString();
        if (Activity.Id is { } id) e.SetHeader(StoreSessions.TraceParent, id);
        return e;
    }
}
