namespace Mesh.Gateway.Portal;

/// <summary>What browsers see while the portal is not built: it looks again by itself, without a script.</summary>
internal static class WaitingPage
{
    private const string Html =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="3">
        <title>Mesh</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; background: #fff; }
        code { font: 14px/1.5 ui-monospace, monospace; background: #f3f4f6; border-radius: 4px; padding: 0 .25rem; }
        a { color: #0b57d0; }
        @media (prefers-color-scheme: dark) { body { color: #e6e8eb; background: #14171a; } code { background: #23272c; } a { color: #8ab4f8; } }
        </style>
        </head>
        <body>
        <h1>Mesh is up, its portal is not there yet</h1>
        <p>{state}</p>
        <p>The API is there: <a href="/docs">to read and to try</a>.</p>
        </body>
        </html>
        """;

    private const string State = "{state}";

    private const string Awaited =
        "A first start builds the portal beside everything else, which takes about a minute. This page looks again by itself. If it stays, Node.js is missing: <code>mesh doctor</code> says so.";

    private const string Broken = "Its build failed. What that said is in <code>artifacts/portal-build.log</code> of the repository; the next start of the mesh tries again.";

    /// <param name="hasFailed">Whether it was tried to build it.</param>
    internal static Task SendAsync(HttpContext context, bool hasFailed)
    {
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        return Results.Text(Html.Replace(State, hasFailed ? Broken : Awaited, StringComparison.Ordinal), "text/html; charset=utf-8").ExecuteAsync(context);
    }
}
