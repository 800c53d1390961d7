using Mesh.Hosting.Identity;
using Scalar.AspNetCore;

namespace Mesh.Gateway.Docs;

/// <summary><c>/docs</c>: the API as a page to read and to try. Everything it loads comes from here.</summary>
internal static class Documentation
{
    // The page's own script makes styles and workers as it goes; what matters is that it can reach nobody but us.
    private const string Policy =
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        + "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'";

    internal static void MapDocumentation(this IEndpointRouteBuilder app) => app
        .MapScalarApiReference("/docs", (options, context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            options.Title = "Mesh API";
            options.OpenApiRoutePattern = "/openapi/v1.json";
            options.DefaultFonts = false;
            options.Telemetry = false;
            options.HideClientButton = true;
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.DisableAgent().DisableMcp();
        })
        .AllowAnonymousCaller()
        .ExcludeFromDescription();
}
