namespace Mesh.Gateway.Portal;

/// <summary>Where the built portal lies. It may come while the gateway runs, and be replaced by a newer one.</summary>
internal sealed class PortalFolder(GatewayOptions options)
{
    /// <summary>What stands in the page for the nonce of an answer.</summary>
    internal const string Nonce = "__MESH_NONCE__";

    private const string PageName = "index.html";
    private const string LogName = "portal-build.log";
    private const string Failed = "The build of the portal failed.";

    // Beside the program, as it is published; or where the launcher builds it, three folders above artifacts/bin/{project}/release.
    private readonly string[] _places = options.PortalPath is { } given
        ? [Path.GetFullPath(given)]
        : [Path.Combine(AppContext.BaseDirectory, "portal"), Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "portal"))];

    private (string Path, DateTime At, string Text)? _page;

    /// <summary>The page that every address of the portal is answered with; null while there is none.</summary>
    internal async Task<string?> ReadPageAsync(CancellationToken ct)
    {
        foreach (var path in _places.Select(place => Path.Combine(place, PageName)))
        {
            var at = File.GetLastWriteTimeUtc(path);
            if (_page is { } known && known.Path == path && known.At == at) return known.Text;
            try
            {
                var text = await File.ReadAllTextAsync(path, ct);
                _page = (path, at, text);
                return text;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // It lies elsewhere, or is not built yet.
            }
        }

        return null;
    }

    /// <summary>Whether the last build failed: its log, beside the folder, ends with that.</summary>
    internal async Task<bool> HasFailedAsync(CancellationToken ct)
    {
        foreach (var log in _places.Select(place => Path.Combine(Path.GetDirectoryName(place)!, LogName)).Where(File.Exists))
            if ((await File.ReadAllLinesAsync(log, ct)).LastOrDefault() == Failed) return true;
        return false;
    }

    /// <summary>Opens a file of the portal.</summary>
    /// <param name="name">Its name, after <c>assets/</c> if it lies there; letters, digits, <c>-</c>, <c>_</c> and single dots.</param>
    /// <returns>Null if there is none.</returns>
    internal FileInfo? Find(string name) => _places.Select(place => new FileInfo(Path.Combine(place, name))).FirstOrDefault(file => file.Exists);
}
