using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Testing;

namespace Mesh.Tracking.Tests.Runs;

/// <summary>A job's run follows the job, whatever order, repetition or direct report comes with it.</summary>
public sealed class JobEventTests(TrackingFixture tracking)
{
    [Fact]
    public async Task A_job_makes_a_run_and_brings_it_to_its_end()
    {
        var (ada, job) = (tracking.NewProject(), Guid.CreateVersion7());
        await TellAsync(ada, Submitted(job));
        var run = await ada.GetAsync(job);
        run.Kind.ShouldBe("job");
        run.CreatedBy.ShouldBe("bob");
        run.Params["lr"].ShouldBe("0.1");
        run.Tags["team"].ShouldBe("red");
        await StartAsync(ada, job, 1, "w1");
        await TellAsync(ada, new JobAttemptFailed(job, 1, "exit 1"));
        await StartAsync(ada, job, 2, "w2");
        await TellAsync(ada, new JobSucceeded(job, 2));
        run = await ada.GetAsync(job);
        (run.Status, run.Attempt, run.Worker).ShouldBe((RunStatus.Completed, 2, "w2"));
        (await ada.GetAsync<Page<HistoryEntry>>($"/runs/{job}/history")).Items.Select(e => e.Type)
            .ShouldBe(["run.created", "run.started", "run.attempt-lost", "run.started", "run.completed"]);
        await Eventually.Holds(() => ada.Published(job).Select(e => e.Type).ShouldBe(["run.created", "run.started", "run.started", "run.completed"]));
        ada.Published(job).Select(e => e.StreamVersion).ShouldBe([1, 2, 4, 5]);
    }

    [Fact]
    public async Task Between_a_lost_attempt_and_the_next_nothing_is_taken_from_its_worker_but_text()
    {
        var (ada, job) = (tracking.NewProject(), Guid.CreateVersion7());
        await TellAsync(ada, Submitted(job));
        await StartAsync(ada, job, 1, "w1");
        await TellAsync(ada, new JobAttemptFailed(job, 1, "The worker was lost."));
        var before = await ada.GetAsync(job);
        foreach (var report in (Task<HttpResponseMessage>[])
            [
                ada.PostAsync($"/runs/{job}/complete", new CompleteRun(1)), ada.PostAsync($"/runs/{job}/start", new StartRun(1, "w1")),
                ada.PostAsync($"/runs/{job}/params", new LogParams(new() { ["a"] = "1" }, 1)), ada.PostAsync($"/runs/{job}/metrics", new LogMetrics([new("x", 1)], 1)),
            ])
            (await report.ShouldBeProblemAsync(409, "run.lease-lost")).Detail.ShouldNotBeNull().ShouldContain("The worker was lost.");
        (await ada.PostTextAsync($"/runs/{job}/logs", "late\n", ("Mesh-Attempt", "1"))).EnsureSuccessStatusCode();
        var after = await ada.GetAsync(job);
        (after.Version, after.Status, after.Metrics.Count).ShouldBe((before.Version, RunStatus.Running, 0));
        await StartAsync(ada, job, 2, "w2");
        await TellAsync(ada, new JobSucceeded(job, 2));
        (await ada.GetAsync(job)).Status.ShouldBe(RunStatus.Completed);
    }

    [Fact]
    public async Task Events_that_come_twice_change_once()
    {
        var (ada, job) = (tracking.NewProject(), Guid.CreateVersion7());
        MeshEvent[] told =
        [
            ada.Event("functions", Submitted(job)), ada.Event("functions", new JobAttemptFailed(job, 1, "exit 1")), ada.Event("functions", new JobFailed(job, 2, "exit 2")),
        ];
        foreach (var e in told)
        {
            await PublishAsync(e);
            await PublishAsync(e);
            // The same fact under another id: the decider, not the inbox, has to see it.
            await PublishAsync(e with { Id = Guid.CreateVersion7() });
        }

        foreach (var e in told) await PublishAsync(e with { Id = Guid.CreateVersion7() });
        var run = await ada.GetAsync(job);
        (run.Status, run.Cause, run.Version).ShouldBe((RunStatus.Failed, "exit 2", 5L));
    }

    [Fact]
    public async Task The_worker_may_be_faster_than_the_events()
    {
        var (ada, job) = (tracking.NewProject(), Guid.CreateVersion7());
        await ada.CreateAsync(new CreateRun("train", "wine", "job", Id: job));
        await StartAsync(ada, job, 1, "w1");
        await TellAsync(ada, Submitted(job), new JobSucceeded(job, 1));
        (await ada.GetAsync(job)).Version.ShouldBe(3);
    }

    [Fact]
    public async Task A_job_that_ends_without_a_known_start_ends_its_run_all_the_same()
    {
        var (ada, failed, aborted, succeeded) = (tracking.NewProject(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await TellAsync(ada, Submitted(failed), new JobFailed(failed, 0, "no worker"));
        await TellAsync(ada, Submitted(aborted), new JobAborted(aborted, 0, "changed my mind"));
        await TellAsync(ada, Submitted(succeeded), new JobSucceeded(succeeded, 3));
        (await ada.GetAsync(failed)).Status.ShouldBe(RunStatus.Failed);
        (await ada.GetAsync(aborted)).Status.ShouldBe(RunStatus.Aborted);
        (await ada.GetAsync(succeeded)).Attempt.ShouldBe(3);
        (await ada.GetAsync(succeeded)).Status.ShouldBe(RunStatus.Completed);
    }

    [Fact]
    public async Task An_abort_of_the_run_is_told_and_confirmed_by_the_job()
    {
        var (ada, job) = (tracking.NewProject(), Guid.CreateVersion7());
        await TellAsync(ada, Submitted(job));
        await StartAsync(ada, job, 1, "w1");
        await ada.PostAsync($"/runs/{job}/abort", new AbortRun("too slow"));
        await Eventually.Holds(() => ada.Published(job).Select(e => e.Type).ShouldContain("run.abort-requested"));
        (await ada.GetAsync(job)).Status.ShouldBe(RunStatus.Aborting);
        await TellAsync(ada, new JobAborted(job, 1, "killed"));
        var run = await ada.GetAsync(job);
        (run.Status, run.Cause).ShouldBe((RunStatus.Aborted, "killed"));
    }

    [Fact]
    public async Task A_run_that_ended_by_itself_stays_as_it_is()
    {
        var (ada, job) = (tracking.NewProject(), Guid.CreateVersion7());
        await TellAsync(ada, Submitted(job));
        await StartAsync(ada, job, 1, "w1");
        await ada.PostAsync($"/runs/{job}/fail", new FailRun("gave up"));
        await TellAsync(ada, new JobSucceeded(job, 1));
        (await ada.GetAsync(job)).Cause.ShouldBe("gave up");
        await TellAsync(ada, new JobSucceeded(Guid.CreateVersion7(), 1));
    }

    private static JobSubmitted Submitted(Guid job) =>
        new(job, "train", "wine", "bob", new Dictionary<string, string> { ["lr"] = "0.1" }, new Dictionary<string, string> { ["team"] = "red" });

    /// <summary>As the worker of an attempt does.</summary>
    private static async Task StartAsync(ProjectUser user, Guid job, int attempt, string worker) =>
        (await user.PostAsync($"/runs/{job}/start", new StartRun(attempt, worker))).EnsureSuccessStatusCode();

    private Task PublishAsync(MeshEvent e) => tracking.Host.Service<IEventBus>().PublishAsync([e], default);

    private async Task TellAsync(ProjectUser user, params IIntegrationEvent[] facts)
    {
        foreach (var fact in facts) await PublishAsync(user.Event("functions", fact));
    }
}
