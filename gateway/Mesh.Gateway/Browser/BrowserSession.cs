using System.Security.Cryptography;
using System.Text;

namespace Mesh.Gateway.Browser;

/// <summary>
/// The session of a browser: a cookie that scripts cannot read, and a second one that they can and send back in a header, so that a page of
/// somebody else cannot act in the user's name.
/// </summary>
internal static class BrowserSession
{
    /// <summary>The cookie that holds the browser's token.</summary>
    internal const string Cookie = "mesh_session";

    /// <summary>The cookie that scripts of this origin read.</summary>
    internal const string AntiforgeryCookie = "mesh_csrf";

    /// <summary>The header that they send its value in.</summary>
    internal const string AntiforgeryHeader = "Mesh-Csrf";

    internal static void Begin(HttpContext context, string secret, DateTimeOffset expires)
    {
        context.Response.Cookies.Append(Cookie, secret, Options(context, expires, httpOnly: true));
        context.Response.Cookies.Append(AntiforgeryCookie, AntiforgeryOf(secret), Options(context, expires, httpOnly: false));
    }

    internal static void End(HttpContext context)
    {
        context.Response.Cookies.Delete(Cookie, Options(context, DateTimeOffset.UnixEpoch, httpOnly: true));
        context.Response.Cookies.Delete(AntiforgeryCookie, Options(context, DateTimeOffset.UnixEpoch, httpOnly: false));
    }

    /// <summary>
    /// Whether an unsafe request by cookie was meant: the browser itself says that it comes from this origin, or the script could read the cookie.
    /// </summary>
    internal static bool IsMeant(HttpRequest request, string secret) =>
        request.Headers["Sec-Fetch-Site"] is ["same-origin"]
        || (request.Headers[AntiforgeryHeader] is [{ } sent]
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(AntiforgeryOf(secret))));

    internal static string AntiforgeryOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"mesh-csrf:{secret}")));

    private static CookieOptions Options(HttpContext context, DateTimeOffset expires, bool httpOnly) => new()
    {
        HttpOnly = httpOnly,
        SameSite = SameSiteMode.Strict,
        // The laptop listens on plain loopback, where a secure cookie would not be sent back. Behind a proxy that ends TLS, the public address says so.
        Secure = context.Request.IsHttps || context.RequestServices.GetRequiredService<GatewayOptions>().IsPublicSecure,
        Path = "/",
        Expires = expires,
    };
}
