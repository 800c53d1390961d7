using System.Net;
using System.Net.Sockets;

namespace Mesh.Hosting.Network;

/// <summary>Tells addresses of the open internet from those that only this machine or its network can reach.</summary>
public static class PublicAddress
{
    // RFC 6890 and its successors: this machine, private networks, links, documentation, measurements, groups, and what is reserved.
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Within the global IPv6 range: protocols and tunnels, which carry other addresses, and documentation.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    /// <summary>Whether the open internet reaches an address.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily is AddressFamily.InterNetworkV6 && !Global.Contains(address)) return false;
        return address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !Closed.Any(network => network.Contains(address));
    }
}
