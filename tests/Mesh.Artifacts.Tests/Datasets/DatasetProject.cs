using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DuckDB.NET.Data;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Datasets;

/// <summary>Data sets of a project of a test.</summary>
internal static class DatasetProject
{
    /// <summary>Uploads bytes as a data set; the name says what they are.</summary>
    public static async Task<ArtifactVersion> PutDataset(this TestProject project, string key, byte[] content, string? fileName = null, string kind = "dataset", string? contentType = null)
    {
        using var body = new ByteArrayContent(content);
        if (contentType is not null) body.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        var name = fileName is null ? "" : $"&fileName={fileName}";
        return await TestProject.Read<ArtifactVersion>(await project.Send(HttpMethod.Put, $"/artifacts/{key}/content?kind={kind}{name}", body), HttpStatusCode.Created);
    }

    public static Task<ArtifactVersion> PutCsv(this TestProject project, string key, string content) => project.PutDataset(key, Encoding.UTF8.GetBytes(content), $"{key}.csv");

    /// <summary>What is known of a data set, once it is known.</summary>
    public static async Task<DatasetVersion> Dataset(this TestProject project, string key, string version = "latest")
    {
        for (var i = 0; ; i++)
        {
            var found = await project.Get<DatasetVersion>($"/datasets/{key}/versions/{version}");
            if (found.State != DatasetState.Profiling || i == 10) return found;
        }
    }

    public static Task<DatasetRows> Rows(this TestProject project, string key, string query = "") => project.Get<DatasetRows>($"/datasets/{key}/versions/latest/rows{query}");

    public static Task<DatasetRows> Where(this TestProject project, string key, string filter) => project.Rows(key, $"?filter={Uri.EscapeDataString(filter)}");

    /// <summary>The rows as JSON text, without spaces.</summary>
    public static string[] Json(this DatasetRows rows) => [.. rows.Items.Select(row => row.GetRawText())];

    /// <summary>A file that DuckDB writes: the query's rows.</summary>
    public static byte[] Written(string query, string options)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7():N}.data");
        try
        {
            using var duck = new DuckDBConnection("DataSource=:memory:");
            duck.Open();
            using var command = duck.CreateCommand();
            command.CommandText = $"copy ({query}) to '{path}' ({options})";
            command.ExecuteNonQuery();
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A file of the data that the tests share.</summary>
    public static byte[] Shared(string name) => File.ReadAllBytes(RepositoryPath.Of($"tests/data/{name}"));
}
