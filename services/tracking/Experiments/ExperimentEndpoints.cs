using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Http;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Mesh.Tracking.Experiments;

/// <summary>Experiments: the groups that runs name.</summary>
internal static class ExperimentEndpoints
{
    public static void MapExperiments(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/projects/{project}/experiments", List).WithName("ListExperiments").WithTags("Experiments")
            .WithSummary("Experiments by name, with their number of runs").ProducesProblem(400);

    internal static async Task<Ok<Page<ExperimentInfo>>> List(
        string project, PageRequest page, ServiceDatabase<ITrackingStore> database, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select experiment, count(*), max(created_at) from mt_doc_run
            where tenant_id = $1 and not deleted and experiment > $2
            group by experiment order by experiment limit $3
            """, connection)
        {
            Parameters = { new() { Value = project }, new() { Value = page.After<ExperimentPosition>()?.Name ?? "" }, new() { Value = page.Limit + 1 } },
        };
        var experiments = new List<ExperimentInfo>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) experiments.Add(new ExperimentInfo(rows.GetString(0), rows.GetInt64(1), await rows.GetFieldValueAsync<DateTimeOffset>(2, ct)));
        return TypedResults.Ok(page.ToPage(experiments, e => new ExperimentPosition(e.Name)));
    }

    private sealed record ExperimentPosition(string Name);
}
