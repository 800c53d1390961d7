using System.Net;
using System.Net.Sockets;
using Mesh.Hosting.Network;

namespace Mesh.Artifacts.Network;

/// <summary>
/// Connects to hosts that users named, and not into the operator's network. The address is looked at when it is connected to, so that a name cannot come to mean
/// another machine in between.
/// </summary>
internal static class GuardedConnection
{
    /// <summary>Opens a connection.</summary>
    /// <param name="isAllowed">Whether the operator lets the host have a private address.</param>
    /// <exception cref="AddressRefusedException">All its addresses are private, and it may have none of those.</exception>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint target, bool isAllowed, CancellationToken ct)
    {
        IPAddress[] found = IPAddress.TryParse(target.Host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, ct);
        if (found.Length == 0) throw new HttpRequestException(HttpRequestError.NameResolutionError);
        var usable = isAllowed ? found : [.. found.Where(PublicAddress.Is)];
        if (usable.Length == 0) throw new AddressRefusedException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(usable, target.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The host has only addresses that it may not have.</summary>
internal sealed class AddressRefusedException : IOException;
