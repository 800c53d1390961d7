using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Mesh.Gateway.Portal;

/// <summary>
/// Answers the addresses of the portal, behind the front door and before the API: its files, and its one page for every address that a browser shows and that is nobody else's. Neither holds data, so anybody
/// may have them.
/// </summary>
internal sealed partial class PortalPages(RequestDelegate next, PortalFolder folder)
{
    private const string Assets = "/assets/";
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Others = FrozenSet
        .Create(StringComparer.OrdinalIgnoreCase, "api", "ajax-api", "mlflow", "docs", "scalar", "openapi", "login", "session", "health", "metrics", "internal").GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".json"] = "application/json",
        [".map"] = "application/json",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "/";
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return next(context);
        if (path.StartsWith(Assets, StringComparison.Ordinal)) return SendFileAsync(context, path[1..], path[Assets.Length..], "public, max-age=31536000, immutable");
        if (path == "/favicon.svg") return SendFileAsync(context, path[1..], path[1..], "public, max-age=3600");
        return IsPage(request, path) ? SendPageAsync(context) : next(context);
    }

    // What a program asks for, which is not there, stays a problem document and does not become a page.
    private static bool IsPage(HttpRequest request, string path)
    {
        if (path == "/") return true;
        var first = path.AsSpan(1);
        var end = first.IndexOf('/');
        return !Others.Contains(end < 0 ? first : first[..end])
            && MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted) && accepted.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
    }

    private async Task SendPageAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (await folder.ReadPageAsync(context.RequestAborted) is not { } page)
        {
            await WaitingPage.SendAsync(context, await folder.HasFailedAsync(context.RequestAborted));
            return;
        }

        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        await Results.Text(page.Replace(PortalFolder.Nonce, nonce, StringComparison.Ordinal), "text/html; charset=utf-8").ExecuteAsync(context);
    }

    private async Task SendFileAsync(HttpContext context, string name, string last, string cache)
    {
        if (!FileName().IsMatch(last) || !Types.TryGetValue(Path.GetExtension(last), out var type) || folder.Find(name) is not { } file)
        {
            await next(context);
            return;
        }

        var (request, response) = (context.Request, context.Response);
        var headers = response.Headers;
        headers.CacheControl = cache;
        headers.Vary = "Accept-Encoding";
        var encoding = Packed(request, name, ref file);
        var tag = $"\"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}\"";
        headers.ETag = tag;
        if (request.Headers.IfNoneMatch.Any(value => value is not null && value.Contains(tag, StringComparison.Ordinal)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (encoding is not null) headers.ContentEncoding = encoding;
        response.ContentType = type;
        response.ContentLength = file.Length;
        if (HttpMethods.IsGet(request.Method)) await response.SendFileAsync(file.FullName, 0, file.Length, context.RequestAborted);
    }

    private string? Packed(HttpRequest request, string name, ref FileInfo file)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)) return null;
        foreach (var (encoding, ending) in ((string, string)[])[("br", ".br"), ("gzip", ".gz")])
        {
            if (!accepted.Any(value => value.Quality is not 0 && StringSegment.Equals(value.Value, encoding, StringComparison.OrdinalIgnoreCase)) || folder.Find(name + ending) is not { } packed) continue;
            file = packed;
            return encoding;
        }

        return null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
    private static partial Regex FileName();
}
