using System.Net;
using System.Net.Sockets;

namespace Mesh.Local;

/// <summary>The ports that the mesh is about to take.</summary>
internal static class MeshPorts
{
    // What a killed keeper leaves behind drains, and is ended when that takes longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>Makes sure that the gateway's addresses are this machine's and nobody listens there, nor on the services' ports.</summary>
    /// <exception cref="InvalidOperationException">They are not; the message says what to do.</exception>
    public static async Task ClaimAsync(LocalOptions local, IEnumerable<int> services, CancellationToken ct)
    {
        var wanted = local.Listen.Bound.Select(address => new IPEndPoint(address, local.Port)).Concat(services.Select(port => new IPEndPoint(IPAddress.Loopback, port)));
        foreach (var place in wanted) await WaitAsync(place, local.Separate ? Patience : TimeSpan.Zero, ct);
    }

    /// <summary>A loopback port that is free now, other than the one given.</summary>
    public static int FreeBeside(int taken)
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            if (((IPEndPoint)listener.LocalEndpoint).Port is var port && port != taken) return port;
        }
    }

    private static async Task WaitAsync(IPEndPoint place, TimeSpan patience, CancellationToken ct)
    {
        var until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        for (var told = false; !IsFree(place); told = true)
        {
            if (Environment.TickCount64 >= until)
                throw new InvalidOperationException($"Another program listens on port {place.Port}. Stop it, or give another port by --port; separate services take the ports after it.");
            if (!told) Terminal.Say($"Waiting for port {place.Port}, which another process still holds…");
            await Task.Delay(100, ct);
        }
    }

    private static bool IsFree(IPEndPoint place)
    {
        try
        {
            using var listener = new TcpListener(place);
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException e)
        {
            throw new InvalidOperationException($"{place.Address} port {place.Port} cannot be listened on: {e.Message}. Give an address of this machine by --listen, and a port that you may use by --port.");
        }
    }
}
