using System.Net;
using System.Net.Sockets;

namespace Mesh.Local;

/// <summary>Where the gateway listens. Whatever that is, this machine reaches it by a loopback address: the commands send their token to no other.</summary>
/// <param name="Given">The address that was asked for.</param>
internal sealed record ListenAddress(IPAddress Given)
{
    /// <summary>This machine alone.</summary>
    public static ListenAddress Loopback { get; } = new(IPAddress.Loopback);

    /// <summary>The addresses to bind.</summary>
    public IReadOnlyList<IPAddress> Bound => IPAddress.IsLoopback(Given) || IsEverywhere ? [Given] : [Given, IPAddress.Loopback];

    /// <summary>The loopback address among those that are bound.</summary>
    public IPAddress Advertised =>
        IPAddress.IsLoopback(Given) ? Given : Given.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : IPAddress.Loopback;

    private bool IsEverywhere => Given.Equals(IPAddress.Any) || Given.Equals(IPAddress.IPv6Any);

    /// <summary>Reads an IP address, with or without the brackets of IPv6, or <c>localhost</c>; null for anything else, such as a name or <c>127.1</c>.</summary>
    public static ListenAddress? Parse(string text)
    {
        if (text == "localhost") return Loopback;
        var bare = text is ['[', .. var inside, ']'] ? inside : text;
        if (!IPAddress.TryParse(bare, out var address)) return null;
        var whole = address.AddressFamily is AddressFamily.InterNetworkV6 ? !bare.Contains('[', StringComparison.Ordinal) : address.ToString() == text;
        return whole ? new ListenAddress(address) : null;
    }

    /// <summary>The address of a server there.</summary>
    public static string Url(IPAddress address, int port) =>
        address.AddressFamily is AddressFamily.InterNetworkV6 ? $"http://[{address}]:{port}" : $"http://{address}:{port}";
}
