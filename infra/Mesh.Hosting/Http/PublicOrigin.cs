using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>By which address the caller reached the platform. The gateway says it to services that answer with whole addresses.</summary>
public static class PublicOrigin
{
    /// <summary>The header between gateway and services.</summary>
    public const string Header = "Mesh-Origin";

    /// <summary>Scheme and authority, without a slash at the end.</summary>
    public static string Of(HttpRequest request) => request.Headers[Header] is [{ Length: > 0 } said] ? said : $"{request.Scheme}://{request.Host}";
}
