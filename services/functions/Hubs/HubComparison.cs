using System.Text;
using System.Text.Json;
using Mesh.Client.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;
using Mesh.Functions.Definitions;

namespace Mesh.Functions.Hubs;

/// <summary>Says how two versions of an item differ: what the manifest says, field by field, and its files, line by line where they are text.</summary>
internal sealed class HubComparison(HubShelf shelf, JobMesh mesh)
{
    /// <summary>A file of more bytes is not compared by lines.</summary>
    private const long MostBytes = 256 * 1024;

    /// <summary>Files beyond these are not compared by lines.</summary>
    private const int MostTexts = 50;

    public async Task<HubItemDiff> CompareAsync(string project, TeamItem item, TeamItemVersion from, TeamItemVersion to, CancellationToken ct)
    {
        var left = (await shelf.ContentAsync(project, item, from, ct)).Manifest;
        var right = (await shelf.ContentAsync(project, item, to, ct)).Manifest;
        var fields = FunctionComparison.Fields(Json(left), Json(right));
        if (from.Hash == to.Hash) return new HubItemDiff(item.Hub, item.Name, from.Version, to.Version, [], fields);
        using var client = mesh.OpenForRequest(project);
        return new HubItemDiff(item.Hub, item.Name, from.Version, to.Version, await FilesAsync(client.Project().Artifacts, from.Bundle, to.Bundle, ct), fields);
    }

    private static JsonElement Json(HubManifest manifest) => JsonSerializer.SerializeToElement(manifest, MeshJson.Strict);

    private static async Task<IReadOnlyList<FileDiff>> FilesAsync(ArtifactsClient artifacts, CodeBundle from, CodeBundle to, CancellationToken ct)
    {
        var left = await ListAsync(artifacts, from, ct);
        var right = await ListAsync(artifacts, to, ct);
        var files = new List<FileDiff>();
        foreach (var path in left.Keys.Union(right.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (before, after) = (left.GetValueOrDefault(path), right.GetValueOrDefault(path));
            if (before?.Digest == after?.Digest) continue;
            var (old, now) = files.Count < MostTexts ? (await TextAsync(artifacts, before, ct), await TextAsync(artifacts, after, ct)) : (null, null);
            var change = before is null ? DiffChange.Added : after is null ? DiffChange.Removed : DiffChange.Changed;
            files.Add(new FileDiff(path, change, before?.Size, after?.Size, old is null || now is null ? null : LineDiff.Of(old, now)));
        }

        return files;
    }

    private static async Task<Dictionary<string, DirectoryFile>> ListAsync(ArtifactsClient artifacts, CodeBundle bundle, CancellationToken ct)
    {
        var files = new Dictionary<string, DirectoryFile>(StringComparer.Ordinal);
        await foreach (var file in artifacts.FilesAsync(bundle.Key, $"{bundle.Version}", ct: ct)) files[file.Path] = file;
        return files;
    }

    /// <summary>What a file holds; nothing for one that is not there; null for one that is large or no text.</summary>
    private static async Task<string?> TextAsync(ArtifactsClient artifacts, DirectoryFile? file, CancellationToken ct)
    {
        if (file is null) return "";
        if (file.Size > MostBytes) return null;
        using var content = new MemoryStream();
        await artifacts.DownloadBlobAsync(file.Digest, content, ct);
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content.ToArray());
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
