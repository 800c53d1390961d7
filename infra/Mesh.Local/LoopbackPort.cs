using System.Net;
using System.Net.Sockets;

namespace Mesh.Local;

/// <summary>Finds loopback ports.</summary>
internal static class LoopbackPort
{
    /// <summary>A port that is free now.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
