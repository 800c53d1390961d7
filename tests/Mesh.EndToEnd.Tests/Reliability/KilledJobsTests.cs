using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.EndToEnd.Tests.Running;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>Two hundred jobs with retries on two workers, while all that they depend on is killed. What happened is told by the jobs themselves.</summary>
[Collection("one mesh at a time")]
public sealed class KilledJobsTests : IDisposable
{
    private const int Jobs = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-killed-jobs-").FullName;

    // The lock is held by all processes of an attempt. Each job writes to a file of its own: "+ n" when attempt n begins, "- n" when it ends, "! n" if another one runs beside it.
    private string Script =>
        $"exec 9>{_folder}/$MESH_RUN_ID.lock; flock -n 9 || echo \"! $MESH_ATTEMPT\" >>{_folder}/$MESH_RUN_ID; echo \"+ $MESH_ATTEMPT\" >>{_folder}/$MESH_RUN_ID; "
        + $"echo begin $MESH_ATTEMPT; sleep 0.3; echo end $MESH_ATTEMPT; echo \"- $MESH_ATTEMPT\" >>{_folder}/$MESH_RUN_ID; "
        + "[ $(grep -c - " + _folder + "/$MESH_RUN_ID) -ge $MESH_PARAM_GOOD ]";

    [Fact]
    public async Task No_attempt_runs_beside_another_and_none_is_lost_whatever_is_killed()
    {
        await using var broker = await RabbitMqBroker.LaunchAsync();
        await using var mesh = await MeshUnderTest.SeparateAsync(broker.Address);
        using var client = mesh.Client(TimeSpan.FromMinutes(2));
        await client.Projects.CreateAsync(new CreateProject("killed"));
        var project = client.Project("killed");
        await using var second = await ExtraWorker.StartAsync(mesh);
        var jobs = new List<Guid>();
        // Every third fails at first, every ninth always.
        for (var i = 0; i < Jobs; i++)
        {
            jobs.Add((await project.Jobs.SubmitAsync(new SubmitJob(
                Command: ["sh", "-c", Script], Name: $"job-{i}", Params: new() { ["good"] = i % 9 == 0 ? "99" : i % 3 == 0 ? "2" : "1" },
                Retry: new RetryPolicy(MaxAttempts: i % 9 == 0 ? 2 : 12, BackOff: new RetryWait(FirstSeconds: 0.1, MostSeconds: 0.5))))).Id);
        }

        await BegunAsync(20);
        await mesh.KillAsync("functions");
        await BegunAsync(70);
        await second.KillAsync();
        await BegunAsync(100);
        await mesh.KillPostgresAsync();
        await BegunAsync(130);
        await broker.StopAsync();
        await BegunAsync(150);
        await broker.StartAsync();
        await mesh.KillAsync("tracking");
        await BegunAsync(170);
        await mesh.KillAsync("functions");

        for (var i = 0; i < Jobs; i++)
        {
            JobInfo? job = null;
            await Eventually.Holds(async () => (job = await project.Jobs.GetAsync(jobs[i])).Status.ShouldBeOneOf(JobStatus.Succeeded, JobStatus.Failed), Patience);
            var trace = await File.ReadAllLinesAsync(Path.Combine(_folder, jobs[i].ToString()));
            trace.ShouldNotContain(line => line.StartsWith('!'), $"job {i}: {string.Join(", ", trace)}");
            trace.ShouldBeUnique($"job {i}: no attempt begins twice");
            var attempts = await project.Jobs.AttemptsAsync(jobs[i]).ToListAsync();
            // What a worker had not yet begun when it was killed is lost; what it had begun is not.
            foreach (var attempt in attempts)
            {
                var begun = trace.Contains(string.Create(CultureInfo.InvariantCulture, $"+ {attempt.Number}"));
                (begun ? attempt.State is AttemptState.Succeeded or AttemptState.Failed : attempt.State is AttemptState.Lost or AttemptState.Released)
                    .ShouldBeTrue($"job {i}, attempt {attempt.Number}, begun {begun}: {attempt.State}, {attempt.Cause}");
            }

            trace.Count(line => line.StartsWith('+')).ShouldBe(trace.Count(line => line.StartsWith('-')));
            job!.Status.ShouldBe(i % 9 == 0 ? JobStatus.Failed : JobStatus.Succeeded, $"job {i}: {job.Cause}");
            var begunOnes = attempts.Where(a => a.State is AttemptState.Succeeded or AttemptState.Failed).Select(a => a.Number);
            var text = string.Concat(begunOnes.Select(number => string.Create(CultureInfo.InvariantCulture, $"begin {number}\nend {number}\n")));
            await Eventually.Holds(async () => (await project.Runs.LogAsync(jobs[i])).Text.ShouldBe(text, $"job {i}"), Patience);
            await Eventually.Holds(async () => (await project.Runs.GetAsync(jobs[i])).Status.ShouldBe(i % 9 == 0 ? RunStatus.Failed : RunStatus.Completed, $"run of job {i}"), Patience);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task BegunAsync(int count) =>
        await Eventually.Holds(() => Directory.GetFiles(_folder).Count(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(count), Patience);
}
