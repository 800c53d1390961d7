using System.Net;
using System.Net.Sockets;

namespace Mesh.Functions.Distributed;

/// <summary>
/// Ports of this machine that gangs listen on. They are free when they are taken, lie outside the range that connections draw theirs from, and are given to one gang at a time,
/// whichever worker of the machine runs it: each is claimed by a name that only one process can hold and that is gone with it.
/// </summary>
internal static class GangPorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    /// <summary>Takes ports until they are given back.</summary>
    /// <exception cref="IOException">There are not so many.</exception>
    public static GangPortClaim Take(int count)
    {
        var claim = new GangPortClaim();
        var from = Random.Shared.Next(Count);
        for (var i = 0; i < Count && claim.Ports.Count < count; i++) claim.TryAdd(First + ((from + i) % Count));
        if (claim.Ports.Count == count) return claim;
        claim.Dispose();
        throw new IOException($"There are no {count} free ports from {First} to {First + Count - 1} on this machine.");
    }

    /// <summary>Takes those of a gang that runs already, whose service is gone. One that somebody has taken meanwhile stays theirs: its programs have it already.</summary>
    public static GangPortClaim TakeAgain(IReadOnlyList<int> ports)
    {
        var claim = new GangPortClaim();
        foreach (var port in ports) claim.TryAdd(port, isInUse: true);
        return claim;
    }
}

/// <summary>Ports that a gang has.</summary>
internal sealed class GangPortClaim : IDisposable
{
    private readonly List<Socket> _names = [];
    private readonly List<int> _ports = [];

    public IReadOnlyList<int> Ports => _ports;

    /// <summary>Takes a port, if it is to be had.</summary>
    /// <param name="isInUse">Whether the gang has it already, so that it need not be free.</param>
    public bool TryAdd(int port, bool isInUse = false)
    {
        // The program itself has to be able to bind the port, so what is held is a name in the same network name space (abstract(7)), not the port.
        var name = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        if (!TryBind(name, OperatingSystem.IsLinux() ? new UnixDomainSocketEndPoint($"\0mesh-gang-{port}") : null) || !(isInUse || IsFree(port)))
        {
            name.Dispose();
            return false;
        }

        _names.Add(name);
        _ports.Add(port);
        return true;
    }

    public void Dispose() => _names.ForEach(name => name.Dispose());

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return TryBind(probe, new IPEndPoint(IPAddress.Any, port));
    }

    private static bool TryBind(Socket socket, EndPoint? at)
    {
        try
        {
            if (at is not null) socket.Bind(at);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
