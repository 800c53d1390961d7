using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Doubles;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Tests.Queue;

/// <summary>Claims while much waits.</summary>
public sealed class ClaimTests(QueueOnlyHost functions) : IClassFixture<QueueOnlyHost>
{
    private static readonly Room Much = new(100, long.MaxValue, 10);

    [Fact]
    public async Task A_claim_among_ten_thousand_queued_jobs_reads_the_index_alone()
    {
        await FillAsync("select 'p' || i % 20, i::text, i % 5, now(), now() - interval '1 minute', 0, i % 3, 0, 0 from generate_series(1, 10000) i");
        (await functions.Host.Service<JobQueue>().FindDueAsync(Profile.BuiltIn, 10, Much, default)).Count.ShouldBe(10);
        var plan = string.Join('\n', await ReadAsync("explain " + JobQueue.Due.Replace("$1", "10").Replace("$2", "100").Replace("$3", "1000000").Replace("$4", "1").Replace("$5", "'process'")));
        plan.ShouldContain("job_queue_waiting");
        plan.ShouldNotContain("Seq Scan on job_queue w");
    }

    [Fact]
    public async Task Who_runs_the_fewest_goes_first_and_what_does_not_fit_is_passed_over()
    {
        await FillAsync(
            """
            values ('a', 'a1', 0, now(), null::timestamptz, 1, 0, 0, 0), ('a', 'a2', 0, now(), null, 1, 0, 0, 0), ('a', 'a3', 0, now() - interval '1 hour', now(), 0, 0, 0, 0),
                ('b', 'b1', 0, now(), null, 1, 0, 0, 0), ('b', 'b2', 0, now(), now(), 0, 0, 0, 0), ('b', 'b3', 0, now() - interval '1 hour', now(), 0, 64, 0, 0),
                ('c', 'c1', 0, now(), now(), 0, 0, 0, 0), ('d', 'd1', 9, now(), now(), 0, 0, 0, 1)
            """);
        (await functions.Host.Service<JobQueue>().FindDueAsync(Profile.BuiltIn, 10, new Room(8, 1 << 30, 1), default)).Select(c => c.JobId).ShouldBe(["d1", "c1", "b2", "a3"]);
    }

    private async Task FillAsync(string rows)
    {
        await ReadAsync("truncate job_queue");
        await ReadAsync($"insert into job_queue (project, job_id, priority, submitted_at, due_at, attempts, cpus, memory_bytes, gpus) {rows}");
        await ReadAsync("analyze job_queue");
    }

    private async Task<List<string>> ReadAsync(string sql)
    {
        await using var command = functions.Host.Service<ServiceDatabase<IFunctionsStore>>().DataSource.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync()) lines.Add(rows.GetString(0));
        return lines;
    }
}
