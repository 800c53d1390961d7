using System.Net.Sockets;
using Mesh.Hosting.Clients;
using Mesh.Hosting.Store;

namespace Mesh.Hosting.Bus;

/// <summary>Tells a failure that says nothing about the event, because something is away, from one that the event itself may cause.</summary>
internal static class Outage
{
    /// <summary>
    /// Whether a service or the database could not be reached, or said that it cannot answer for now. An answer of 500 is no outage, nor is a
    /// statement that takes too long: the same event may get the same again, for ever.
    /// </summary>
    public static bool Is(Exception fault) => fault switch
    {
        ServiceCallException call => IsAway(call.Problem.Status),
        HttpRequestException { StatusCode: { } status } => IsAway((int)status),
        HttpRequestException or SocketException => true,
        _ when DatabaseOutage.IsStatementTimeout(fault) => false,
        _ => DatabaseOutage.Is(fault) || (fault.InnerException is { } inner && Is(inner)),
    };

    private static bool IsAway(int status) => status is 408 or 429 or 502 or 503 or 504;
}
