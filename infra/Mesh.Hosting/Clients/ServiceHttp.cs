using System.Net;

namespace Mesh.Hosting.Clients;

/// <summary>The one HTTP client of a process for calls between services.</summary>
internal static class ServiceHttp
{
    public const string Key = "mesh-services";

    public static HttpClient Create() => new(new SocketsHttpHandler
    {
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        UseCookies = false,
        UseProxy = false,
    })
    {
        // Streams may be long; callers bound the rest with their own tokens.
        Timeout = TimeSpan.FromMinutes(30),
    };
}
