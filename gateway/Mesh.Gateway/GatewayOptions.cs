using Mesh.Hosting;

namespace Mesh.Gateway;

/// <summary>The settings of the gateway alone, in the same section as <see cref="MeshOptions"/>. Checked at start.</summary>
internal sealed class GatewayOptions
{
    /// <summary>Name of the section.</summary>
    internal const string Section = MeshOptions.Section;

    private const int MostPerSecond = 100_000;
    private const int LongestQuiet = 86_400;

    /// <summary>Address by which browsers reach the gateway, where that is not the one it listens on; with <c>https:</c> cookies are secure ones.</summary>
    public string? PublicAddress { get; set; }

    /// <summary>Seconds that a service may say nothing in an answer. Streams of events and logs say something at least every minute or so; uploads may rest longer.</summary>
    public int QuietSeconds { get; set; } = 600;

    /// <summary>The folder of the built portal. Absent: <c>portal</c> beside the program, or where the launcher builds it.</summary>
    public string? PortalPath { get; set; }

    /// <summary>How fast each token may ask.</summary>
    public RateLimitOptions RateLimit { get; set; } = new();

    /// <summary>Whether browsers come by TLS.</summary>
    internal bool IsPublicSecure => PublicAddress is { } address && address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong; the message names the key and what would be right.</exception>
    internal static GatewayOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<GatewayOptions>() ?? new GatewayOptions();
        if (options.PublicAddress is "") options.PublicAddress = null;
        if (options.PortalPath is "") options.PortalPath = null;
        var messages = new List<string>();
        if (options.PublicAddress is not null && !(Uri.TryCreate(options.PublicAddress, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            messages.Add($"{Section}:PublicAddress: must be an address such as https://mesh.example.org.");
        if (options.QuietSeconds is < 1 or > LongestQuiet) messages.Add($"{Section}:QuietSeconds: must be 1 to {LongestQuiet}.");
        if (options.RateLimit.PerSecond is < 1 or > MostPerSecond) messages.Add($"{Section}:RateLimit:PerSecond: must be 1 to {MostPerSecond}, or absent for no limit.");
        return messages.Count == 0 ? options : throw new InvalidOperationException("The configuration is not usable. " + string.Join(" ", messages));
    }
}

/// <summary>How fast each token may ask.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>Requests a second, in bursts of five times that; no limit when absent.</summary>
    public int? PerSecond { get; set; }
}
