using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Contracts;

namespace Mesh.Artifacts.Lineage;

/// <summary>
/// Names a thing within the graph of a project: <c>run/{id}</c>, <c>artifact/{key}@{version}</c>. All kinds of artifacts share one name, since keys are unique
/// across them and a param that names a data set does not know under which kind it was logged.
/// </summary>
internal static partial class LineageId
{
    public const string Artifact = "artifact";

    /// <summary>Kind of what is elsewhere: data sets of other systems, things of other projects.</summary>
    public const string External = "external";

    // Two of them have to fit into one entry of an index.
    private const int MaxBytes = 1000;

    private static readonly string[] OwnKinds = [MeshUri.RegisteredModel, MeshUri.Run, MeshUri.Function, MeshUri.Endpoint, MeshUri.Window, MeshUri.Alert, External];

    public static string Run(Guid id) => $"{MeshUri.Run}/{id}";

    public static string Endpoint(string name) => $"{MeshUri.Endpoint}/{name}";

    public static string ArtifactVersion(string key, int version) => string.Create(CultureInfo.InvariantCulture, $"{Artifact}/{key}@{version}");

    public static string ModelVersion(string model, int version) => string.Create(CultureInfo.InvariantCulture, $"{MeshUri.RegisteredModel}/{model}@{version}");

    public static string FunctionVersion(string function, int version) => string.Create(CultureInfo.InvariantCulture, $"{MeshUri.Function}/{function}@{version}");

    public static string Alias(string model, string alias) => $"{MeshUri.RegisteredModel}/{model}#{alias}";

    public static string Window(string endpoint, DateTimeOffset from) =>
        $"{MeshUri.Window}/{endpoint}@{from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)}";

    public static string Alert(string rule, Guid eventId) => $"{MeshUri.Alert}/{rule}@{eventId}";

    /// <summary>The name of what an address of the project names; null where it is too long to be kept.</summary>
    public static string? Of(MeshUri uri)
    {
        var kind = OwnKinds.Contains(uri.Kind) ? uri.Kind : Artifact;
        var key = uri.Kind == MeshUri.Run && Guid.TryParse(uri.Key, out var run) ? run.ToString() : uri.Key;
        var id = $"{kind}/{key}{(uri.Version is null ? "" : $"@{uri.Version}")}{(uri.Tag is null ? "" : $"#{uri.Tag}")}";
        return Encoding.UTF8.GetByteCount(id) <= MaxBytes ? id : null;
    }

    /// <summary>The address of a thing.</summary>
    public static MeshUri AddressOf(string project, string kind, string id)
    {
        // A key holds neither of the two marks.
        var rest = id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var mark = rest.IndexOfAny(['@', '#']);
        return mark < 0 ? new MeshUri(project, kind, rest)
            : rest[mark] == '@' ? new MeshUri(project, kind, rest[..mark], Version: rest[(mark + 1)..])
            : new MeshUri(project, kind, rest[..mark], Tag: rest[(mark + 1)..]);
    }

    /// <summary>The name of something elsewhere. What no key can hold is replaced, and a hash keeps names apart.</summary>
    public static string ExternalOf(string name, string? version = null) => $"{External}/{Fitting(name)}{(version is null ? "" : $"@{Fitting(version)}")}";

    /// <summary>Reads <c>mesh://</c> addresses and short references such as <c>dataset:key@3</c>.</summary>
    public static bool TryRead(string project, string text, [NotNullWhen(true)] out MeshUri? uri)
    {
        if (text.StartsWith("mesh://", StringComparison.Ordinal)) return MeshUri.TryParse(text, out uri, out _);
        uri = null;
        var (colon, at) = (text.IndexOf(':', StringComparison.Ordinal), text.LastIndexOf('@'));
        if (colon < 0 || at < colon) return false;
        uri = new MeshUri(project, text[..colon], text[(colon + 1)..at], text[(at + 1)..]);
        return Names.IsLabel(uri.Kind) && Names.IsKey(uri.Key) && uri.VersionNumber() is not null;
    }

    private static string Fitting(string name)
    {
        if (name.Length <= 150 && Names.IsKey(name)) return name;
        var kept = Unfit().Replace(name.Length <= 100 ? name : name[..100], "-").Replace("..", "-", StringComparison.Ordinal).TrimStart('/');
        return $"{kept}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..12]}";
    }

    [GeneratedRegex(@"[^\p{L}\p{N}_\-./ :]")]
    private static partial Regex Unfit();
}
