using Mesh.Client.Tracking;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Client.Tests.Tracking.Spool;

/// <summary>Metrics that a process left on the disk when it ended.</summary>
public sealed class RecoveryTests(ClientMesh mesh)
{
    [Fact]
    public async Task What_a_killed_process_had_written_arrives_by_another_once()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        await project.Door.ShutAsync();
        await using (var script = await project.LogAsync(run, 12_000, "wait"))
        {
            await project.SpilledAsync(12_000);
            await script.KillAsync();
        }

        await project.Door.OpenAsync();
        var found = (await RecoverAsync(project)).ShouldHaveSingleItem();
        (found.Project, found.Run, found.Outcome, found.Points).ShouldBe((project.Door.Project, run, SpoolOutcome.Sent, 12_000));
        (await project.CountAsync(run)).ShouldBe(12_000);
        project.Files.ShouldBeEmpty();
        (await RecoverAsync(project)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_stored_before_the_process_was_killed_counts_once()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        project.Door.LosesAnswers = true;
        await using (var script = await project.LogAsync(run, 6_000, "wait"))
        {
            await project.SpilledAsync(6_000);
            await Eventually.Holds(() => project.Door.Batches.ShouldBeGreaterThan(0), TimeSpan.FromSeconds(30));
            await script.KillAsync();
        }

        project.Door.LosesAnswers = false;
        (await RecoverAsync(project)).Single().Points.ShouldBe(6_000);
        (await project.CountAsync(run)).ShouldBe(6_000);
    }

    [Theory]
    [InlineData("return", null)]
    [InlineData("throw", null)]
    [InlineData("wait", "-TERM")]
    [InlineData("wait", "-INT")]
    [InlineData("wait", "-HUP")]
    public async Task A_process_that_ends_in_another_way_loses_nothing(string then, string? signal)
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        await project.Door.ShutAsync();
        await using (var script = await project.LogAsync(run, 7_000, then))
        {
            if (signal is not null) await script.SignalAsync(signal);
            (await script.EndAsync() == 0).ShouldBe(then == "return");
        }

        (await project.SpooledAsync()).ShouldBe(7_000);
        await project.Door.OpenAsync();
        // By the next run of the project, of itself.
        await using var next = await RunContext.StartAsync(project.Client(), "next");
        await Eventually.Holds(() => Task.FromResult(project.Files.Length == 0), TimeSpan.FromSeconds(20));
        (await project.CountAsync(run)).ShouldBe(7_000);
    }

    [Fact]
    public async Task The_next_attempt_does_not_lock_out_what_the_one_before_left()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        await project.LeaveAsync(run, 10);
        await project.Client().Project().Runs.StartAsync(run, new StartRun(2));
        (await RecoverAsync(project)).Single().Outcome.ShouldBe(SpoolOutcome.Sent);
        (await project.CountAsync(run)).ShouldBe(10);
    }

    [Fact]
    public async Task A_dry_run_only_looks()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        var file = await project.LeaveAsync(run, 10);
        var before = await File.ReadAllBytesAsync(file);
        var found = (await RecoverAsync(project, new RecoverSpools(DryRun: true))).ShouldHaveSingleItem();
        (found.Outcome, found.Points, found.File).ShouldBe((SpoolOutcome.Waiting, 10, file));
        (await File.ReadAllBytesAsync(file)).ShouldBe(before);
        (await project.CountAsync(run)).ShouldBe(0);
    }

    [Fact]
    public async Task A_torn_tail_is_ignored()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        var file = await project.LeaveAsync(run, 12_000);
        await using (var stream = File.OpenWrite(file)) stream.SetLength(stream.Length - 10);
        var found = (await RecoverAsync(project)).ShouldHaveSingleItem();
        (found.Outcome, found.Points).ShouldBe((SpoolOutcome.Sent, 10_000));
        (await project.CountAsync(run)).ShouldBe(10_000);
        project.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_damaged_record_costs_no_other_and_its_file_is_kept()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        var file = await project.LeaveAsync(run, 12_000);
        await using (var stream = File.Open(file, FileMode.Open))
        {
            stream.Position = 5_000;
            stream.WriteByte((byte)'!');
        }

        var found = (await RecoverAsync(project)).ShouldHaveSingleItem();
        (found.Outcome, found.Points, found.File).ShouldBe((SpoolOutcome.Damaged, 7_000, Path.ChangeExtension(file, ".damaged")));
        project.Files.ShouldBe([found.File]);
        (await project.CountAsync(run)).ShouldBe(7_000);
        (await RecoverAsync(project)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(300)]
    public async Task A_file_without_a_readable_header_is_not_sent(int bytes)
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        var file = await project.LeaveAsync(run, 10);
        await using (var stream = File.Open(file, FileMode.Open))
        {
            if (bytes < 300) stream.SetLength(bytes);
            else stream.WriteByte((byte)'!');
        }

        (await RecoverAsync(project)).Select(found => found.Outcome).ShouldBe(bytes == 0 ? [] : [SpoolOutcome.Damaged]);
        project.Files.ShouldBe(bytes == 0 ? [] : [Path.ChangeExtension(file, ".damaged")]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_refused_for_good_is_reported_and_kept(bool deleted)
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        var file = await project.LeaveAsync(run, 12_000);
        var runs = project.Client().Project().Runs;
        await runs.CompleteAsync(run);
        if (deleted) await runs.DeleteAsync(run);
        var found = (await RecoverAsync(project)).ShouldHaveSingleItem();
        (found.Outcome, found.Points, found.Refused).ShouldBe((SpoolOutcome.Refused, 0, 12_000));
        found.Reason.ShouldNotBeNullOrWhiteSpace();
        project.Files.ShouldBe([Path.ChangeExtension(file, ".refused")]);
        (await RecoverAsync(project)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_may_not_log_leaves_it_to_others_and_an_outage_leaves_it_for_later()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        await project.LeaveAsync(run, 10);
        project.Door.Refusing = 403;
        (await RecoverAsync(project)).Single().Outcome.ShouldBe(SpoolOutcome.Denied);
        project.Door.Refusing = 503;
        await Should.ThrowAsync<MeshException>(() => RecoverAsync(project));
        project.Door.Refusing = 0;
        (await RecoverAsync(project)).Single().Outcome.ShouldBe(SpoolOutcome.Sent);
        (await project.CountAsync(run)).ShouldBe(10);
    }

    [Fact]
    public async Task A_file_in_use_or_for_another_mesh_or_project_is_left_alone()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var elsewhere = new UriBuilder(project.Door.Address) { Host = "localhost" }.Uri;
        await project.LeaveAsync(await project.RunAsync(), 10);
        (await project.Client(options => options with { Api = elsewhere }).RecoverAsync().ToListAsync()).ShouldBeEmpty();
        (await RecoverAsync(project, new RecoverSpools("other"))).ShouldBeEmpty();
        (await RecoverAsync(project)).ShouldHaveSingleItem();

        await using var run = await RunContext.StartAsync(project.Client(), "at work");
        await project.Door.ShutAsync();
        run.LogMetric("loss", 1);
        await project.SpilledAsync(1);
        (await RecoverAsync(project)).ShouldBeEmpty();
        await project.Door.OpenAsync();
    }

    [Fact]
    public async Task An_old_file_is_sent_only_when_asked_for()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var run = await project.RunAsync();
        await project.LeaveAsync(run, 10);
        var later = project.Client(options => options with { Clock = new Later(TimeSpan.FromDays(13.5)) });
        (await later.RecoverAsync().ToListAsync()).Single().Outcome.ShouldBe(SpoolOutcome.Old);
        (await later.RecoverAsync(new RecoverSpools(Old: true)).ToListAsync()).Single().Outcome.ShouldBe(SpoolOutcome.Sent);
        (await project.CountAsync(run)).ShouldBe(10);
    }

    private static async Task<List<RecoveredSpool>> RecoverAsync(SpooledProject project, RecoverSpools? which = null) =>
        await project.Client().RecoverAsync(which).ToListAsync();

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
