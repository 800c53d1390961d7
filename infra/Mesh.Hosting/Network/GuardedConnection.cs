using System.Net;
using System.Net.Sockets;

namespace Mesh.Hosting.Network;

/// <summary>
/// Connects to hosts that users named, and not into the operator's network. The address is looked at when it is connected to, so that a name cannot come to mean
/// another machine in between.
/// </summary>
public static class GuardedConnection
{
    /// <summary>Opens a connection.</summary>
    /// <param name="isAllowed">Whether the operator lets the host have a private address.</param>
    /// <exception cref="AddressRefusedException">All its addresses are private, and it may have none of those.</exception>
    public static ValueTask<Stream> OpenAsync(DnsEndPoint target, bool isAllowed, CancellationToken ct) =>
        OpenAsync(target, address => isAllowed || PublicAddress.Is(address), ct);

    /// <summary>Opens a connection.</summary>
    /// <param name="mayReach">Whether one of its addresses may be connected to.</param>
    /// <exception cref="AddressRefusedException">None of its addresses may be.</exception>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint target, Func<IPAddress, bool> mayReach, CancellationToken ct)
    {
        IPAddress[] found = IPAddress.TryParse(target.Host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, ct);
        if (found.Length == 0) throw new HttpRequestException(HttpRequestError.NameResolutionError);
        IPAddress[] usable = [.. found.Where(mayReach)];
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
public sealed class AddressRefusedException : IOException;
