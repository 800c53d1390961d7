using System.Net;
using System.Net.Sockets;

namespace Mesh.Testing;

/// <summary>Loopback ports that were free a moment ago.</summary>
public static class FreePorts
{
    /// <summary>Any one.</summary>
    public static int One()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The first of so many that follow each other, for a server that is stopped and started again.</summary>
    public static int Lasting(int count)
    {
        while (true)
        {
            // Below the ports that systems hand out by themselves: no outgoing connection is given one of them while the server is away.
            var first = Random.Shared.Next(20_000, 32_000);
            if (Enumerable.Range(first, count).All(IsFree)) return first;
        }
    }

    /// <summary>The first of those that a mesh takes: the gateway's, and one per service.</summary>
    public static int OfMesh() => Lasting(8);

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
