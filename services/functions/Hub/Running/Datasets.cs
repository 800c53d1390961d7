using System.Globalization;
using System.Net;
using Mesh.Client;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Running;

/// <summary>A data set of the project, read.</summary>
internal sealed record Dataset(ArtifactVersion Version, Table Table)
{
    /// <summary>Key and version, as a param names them.</summary>
    public string Reference => $"{Version.Key}@{Version.Version.ToString(CultureInfo.InvariantCulture)}";

    /// <param name="reference">Key of an artifact, or key@version.</param>
    /// <exception cref="HubFailure">There is no such artifact, or it is no table.</exception>
    public static async Task<Dataset> LoadAsync(Job job, string reference, CancellationToken ct)
    {
        var (key, version) = Parse(reference);
        var file = Path.GetTempFileName();
        try
        {
            ArtifactVersion info;
            await using (var target = File.Create(file)) info = await job.Project.Artifacts.DownloadAsync(key, target, version, ct);
            await using var content = File.OpenRead(file);
            var table = CsvTable.Read(content, info.FileName ?? key);
            job.Say($"read {info.Key}@{info.Version}: {table.Rows:N0} rows, {table.Columns.Count} columns");
            return new Dataset(info, table);
        }
        catch (MeshException e) when (e.Status == HttpStatusCode.NotFound)
        {
            throw new HubFailure($"There is no data set '{reference}' in project '{job.Project.Name}'.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static (string Key, int? Version) Parse(string reference)
    {
        var at = reference.LastIndexOf('@');
        if (at < 0) return (reference, null);
        return int.TryParse(reference.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? (reference[..at], version)
            : throw new HubFailure($"'{reference}' is not a data set: write key or key@version.");
    }
}
