using System.Globalization;

namespace Mesh.Cli.Artifacts;

/// <summary>Versions as the command line names them. A tag stands there without its '@', by which the command line names files of arguments.</summary>
internal static class VersionName
{
    /// <summary>As the API names it.</summary>
    public static string ToReference(string name) =>
        name is "latest" || name.StartsWith('@') || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? name : $"@{name}";
}
