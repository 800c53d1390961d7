using Mesh.Hosting.Identity;

namespace Mesh.Gateway.Docs;

/// <summary><c>/</c>: where to go from here.</summary>
internal static class LandingPage
{
    private const string Html =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Mesh</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; background: #fff; }
        code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f3f4f6; border-radius: 4px; }
        code { padding: 0 .25rem; } pre { padding: .75rem 1rem; overflow-x: auto; }
        a { color: #0b57d0; }
        @media (prefers-color-scheme: dark) { body { color: #e6e8eb; background: #14171a; } code, pre { background: #23272c; } a { color: #8ab4f8; } }
        </style>
        </head>
        <body>
        <h1>Mesh</h1>
        <p>The mesh is up: runs, artifacts, models, functions, endpoints and monitoring behind one address.</p>
        <ul>
        <li><a href="/docs">The API, to read and to try</a> (<a href="/openapi/v1.json">OpenAPI</a>)</li>
        <li><a href="/health/ready">Health</a></li>
        <li><a href="/api/v1/me">Who you are</a> and <a href="/api/v1/projects">your projects</a>, once this browser is logged in</li>
        </ul>
        <p>On the command line:</p>
        <pre>mesh login            log this browser in, by a one-time link
        mesh token            print the token that scripts need
        mesh status           what runs where
        mesh demo             from a CSV to a monitored model
        mesh --help           everything else</pre>
        </body>
        </html>
        """;

    internal static void MapLandingPage(this IEndpointRouteBuilder app) => app.MapGet("/", Show).AllowAnonymousCaller().ExcludeFromDescription();

    private static IResult Show(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        return Results.Text(Html, "text/html; charset=utf-8");
    }
}
