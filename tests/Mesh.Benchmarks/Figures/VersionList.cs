using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using Mesh.Artifacts;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Store;
using Mesh.Postgres;
using Mesh.Testing;

namespace Mesh.Benchmarks.Figures;

/// <summary>Pages of 100,000 versions of artifacts, newest first, by cursor, on a PostgreSQL of their own: of all keys, and of one kind.</summary>
internal static class VersionList
{
    private const string Project = "bench";
    private const int Versions = 100_000;
    private const int Pages = 300;
    private const int Warm = 30;

    // The one version that went through the front is the pattern of the others: 1,000 keys, each minute a version, each tenth a data set.
    private const string Generate =
        """
        insert into mt_doc_artifact_version
        select (jsonb_populate_record(v, jsonb_build_object('id', n.id, 'at', n.at, 'data', v.data || jsonb_build_object(
            'id', n.id, 'key', n.key, 'version', n.version, 'at', n.at, 'kind', case when i % 10 = 0 then 'Dataset' else 'File' end)))).*
        from mt_doc_artifact_version v, generate_series(1, $2 - 1) i,
            lateral (select 'table-' || i % 1000 as key, i / 1000 + 1 as version, 'table-' || i % 1000 || '@' || i / 1000 + 1 as id, timestamptz '2026-01-01' + i * interval '1 minute' as at) n
        where v.tenant_id = $1
        """;

    public static async Task<Figure> MeasureAsync(string folder)
    {
        await using var postgres = await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder, "versions-postgres"), Durable = false });
        await using var host = await ServiceHost.StartAsync(postgres.ConnectionString, [new ArtifactsService()]);
        using var client = host.ClientFor("ada", Role.Editor, Project);
        using (var made = await client.PutAsync($"/api/v1/projects/{Project}/artifacts/first/content", new ByteArrayContent(Encoding.UTF8.GetBytes("content")))) made.EnsureSuccessStatusCode();
        var data = host.Service<ServiceDatabase<IArtifactsStore>>().DataSource;
        await using (var generate = data.CreateCommand(Generate))
        {
            generate.Parameters.Add(new() { Value = Project });
            generate.Parameters.Add(new() { Value = Versions });
            await generate.ExecuteNonQueryAsync();
        }

        await using (var analyze = data.CreateCommand("analyze mt_doc_artifact_version")) await analyze.ExecuteNonQueryAsync();
        var times = new List<double>(2 * Pages);
        foreach (var query in (string[])["", "&kind=dataset"])
        {
            string? cursor = null;
            for (var i = -Warm; i < Pages; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var page = await client.GetFromJsonAsync<Page<ArtifactVersion>>(
                    $"/api/v1/projects/{Project}/artifacts/versions?limit=100{query}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", MeshJson.Tolerant);
                if (i >= 0) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (page!.Items.Count == 0) throw new InvalidOperationException("A page of versions is empty.");
                // Behind the last page comes the first again.
                cursor = page.Next;
            }
        }

        times.Sort();
        return Figure.Below($"pages of {Versions:#,0} versions by cursor, p95", times[times.Count * 95 / 100], 30, "ms");
    }
}
