using System.Text;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Mlflow;

namespace Mesh.Artifacts.Files;

/// <summary>Paths of files: segments between slashes, each a plain name. What could mean another place than it says is refused.</summary>
internal static class FilePath
{
    /// <summary>The most bytes of a path in UTF-8.</summary>
    public const int MaxBytes = 1024;

    /// <summary>The most segments of a path.</summary>
    public const int MaxDepth = 64;

    /// <summary>Reads a path as it stands in an address, where an encoded slash is still encoded.</summary>
    public static (string Path, Rejection? Rejected) OfRoute(string path) => Read(path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a path; slashes at its end say that it is a folder and are taken off.</summary>
    public static (string Path, Rejection? Rejected) Read(string path)
    {
        path = path.TrimEnd('/');
        if (path.Length == 0) return ("", Invalid("it is empty"));
        if (path[0] == '/') return ("", Invalid("it must not begin with a slash"));
        if (Encoding.UTF8.GetByteCount(path) > MaxBytes) return ("", Invalid($"it has more than {MaxBytes} bytes"));
        if (path.AsSpan().ContainsAny('\\', '\u007f') || path.Any(char.IsControl)) return ("", Invalid("it must not hold backslashes and control characters"));
        var segments = path.Split('/');
        if (segments.Length > MaxDepth) return ("", Invalid($"it has more than {MaxDepth} folders"));
        if (segments.Any(segment => segment is "" or "." or "..")) return ("", Invalid("its parts must not be empty, '.' or '..'"));
        // An address or a drive of some machine is no place here.
        if (segments[0].EndsWith(':')) return ("", Invalid("it must not begin with a scheme or a drive"));
        return (path, null);
    }

    private static Rejection Invalid(string reason) => MlflowError.Of(MlflowError.InvalidParameterValue, $"Invalid path: {reason}.");
}
