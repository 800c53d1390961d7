using System.Collections.Frozen;
using Mesh.Hosting.Decisions;
using Microsoft.Net.Http.Headers;

namespace Mesh.Artifacts.Blobs;

/// <summary>What a browser is told of a file: its type, its name, and whether it may show it.</summary>
internal static class DownloadName
{
    // Everything else is saved, not shown: HTML and SVG would run with the origin of the platform.
    private static readonly FrozenSet<string> Shown = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "text/plain", "text/csv", "application/json", "image/png", "image/jpeg", "image/gif", "image/webp");

    /// <summary>The <c>Content-Disposition</c> of a file.</summary>
    public static string Disposition(string contentType, string? fileName)
    {
        var isShown = MediaTypeHeaderValue.TryParse(contentType, out var type) && Shown.Contains(type.MediaType.ToString());
        var disposition = new ContentDispositionHeaderValue(isShown ? "inline" : "attachment");
        if (fileName is not null) disposition.SetHttpFileName(fileName);
        return disposition.ToString();
    }

    /// <summary>The refusal of a content type or file name that no header could carry, or null.</summary>
    public static Rejection? Check(string? contentType, string? fileName)
    {
        if (contentType is not null && (contentType.Length > 250 || !MediaTypeHeaderValue.TryParse(contentType, out _)))
            return Rejection.Unprocessable("artifact.content-type-invalid", "The content type must be a media type of at most 250 characters, such as text/csv.", "contentType");
        if (fileName is not null && (fileName.Length is 0 or > 250 || fileName.Any(c => c is '/' or '\\' || char.IsControl(c))))
            return Rejection.Unprocessable("artifact.file-name-invalid", "The file name must have 1 to 250 characters, no path and no control characters.", "fileName");
        return null;
    }
}
