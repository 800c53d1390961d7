using Mesh.Testing;

namespace Mesh.Client.Tests.Tracking.Spool;

/// <summary>Metrics of a run while the mesh is away, slow, or forgets to answer.</summary>
public sealed class SpoolTests(ClientMesh mesh)
{
    [Fact]
    public async Task Values_wait_on_the_disk_while_the_mesh_is_away_and_arrive_in_order_when_it_is_back()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        var client = project.Client();
        await using var run = await RunContext.StartAsync(client, "long");
        await project.Door.ShutAsync();
        for (var step = 0; step < 12_000; step++) run.LogMetric("loss", step, step);
        await project.SpilledAsync(12_000);
        project.Files.ShouldHaveSingleItem().ShouldEndWith(".spool");
        for (var step = 12_000; step < 12_100; step++) run.LogMetric("loss", step, step);
        await project.SpilledAsync(12_100);
        await project.Door.OpenAsync();
        run.LogMetric("loss", 12_100, 12_100);
        await run.FlushAsync();
        project.Files.ShouldBeEmpty();
        (await client.Project().Runs.MetricAsync(run.Id, "loss").Select(point => point.Step).ToListAsync()).ShouldBe(Enumerable.Range(0, 12_101).Select(step => (long)step));
        (await client.Project().Runs.GetAsync(run.Id)).Metrics["loss"].Last.ShouldBe(12_100);
    }

    [Fact]
    public async Task They_arrive_by_themselves()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        await using var run = await RunContext.StartAsync(project.Client(), "patient");
        await project.Door.ShutAsync();
        run.LogMetric("loss", 1);
        await project.SpilledAsync(1);
        await project.Door.OpenAsync();
        await Eventually.Holds(async () => await project.CountAsync(run.Id) == 1, TimeSpan.FromSeconds(20));
        await Eventually.Holds(() => Task.FromResult(project.Files.Length == 0), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Nothing_is_written_while_the_mesh_answers()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        // However slow the machine is, nothing waits for long by this clock.
        await using (var run = await RunContext.StartAsync(project.Client(options => options with { Clock = new StandingClock() }), "well"))
        {
            for (var step = 1; step <= 3; step++)
            {
                run.LogMetric("loss", step, step);
                await Eventually.Holds(async () => await project.CountAsync(run.Id) == step, TimeSpan.FromSeconds(20));
            }
        }

        Directory.Exists(project.Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_on_its_way_for_long_is_written_too_and_counts_once()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        await using var run = await RunContext.StartAsync(project.Client(), "slow");
        project.Door.Slowness = TimeSpan.FromSeconds(6);
        for (var step = 0; step < 10; step++) run.LogMetric("loss", step, step);
        await project.SpilledAsync(10);
        project.Door.Batches.ShouldBe(0);
        project.Door.Slowness = TimeSpan.Zero;
        await run.FlushAsync();
        (await project.CountAsync(run.Id)).ShouldBe(10);
        project.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_stored_and_never_acknowledged_counts_once()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        await using var run = await RunContext.StartAsync(project.Client(), "again");
        project.Door.LosesAnswers = true;
        for (var step = 0; step < 10; step++) run.LogMetric("loss", step, step);
        await Eventually.Holds(() => Task.FromResult(project.Door.Batches >= 2), TimeSpan.FromSeconds(20));
        (await project.SpooledAsync()).ShouldBe(10);
        project.Door.LosesAnswers = false;
        await run.FlushAsync();
        (await project.CountAsync(run.Id)).ShouldBe(10);
    }

    [Fact]
    public async Task Files_and_their_folder_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var project = await SpooledProject.NewAsync(mesh);
        await using var run = await RunContext.StartAsync(project.Client(), "private");
        await project.Door.ShutAsync();
        run.LogMetric("loss", 1);
        await project.SpilledAsync(1);
        var (file, folder) = (File.GetUnixFileMode(project.Files.Single()), File.GetUnixFileMode(project.Folder));
        await project.Door.OpenAsync();
        file.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        folder.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_full_file_makes_logging_refuse_and_loses_nothing_that_was_taken()
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        await using var run = await RunContext.StartAsync(project.Client(options => options with { SpoolLimitBytes = 2_000_000 }), "much");
        await project.Door.ShutAsync();
        var step = 0;
        Should.Throw<InvalidOperationException>(() =>
        {
            for (; step < 1_000_000; step++) run.LogMetric("loss", step, step);
        }).Message.ShouldContain("full");
        new FileInfo(project.Files.Single()).Length.ShouldBeInRange(1_000_000, 2_000_000);
        step.ShouldBeInRange(100_000, 200_000);
        await project.Door.OpenAsync();
        await run.FlushAsync();
        (await project.CountAsync(run.Id)).ShouldBe(step);
        run.LogMetric("loss", step, step);
        await run.FlushAsync();
        (await project.CountAsync(run.Id)).ShouldBe(step + 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_folder_values_wait_in_memory(bool isThere)
    {
        await using var project = await SpooledProject.NewAsync(mesh);
        // A file is in the place of the folder, or there is to be none.
        if (isThere) await File.WriteAllTextAsync(Path.GetDirectoryName(project.Folder)!, "");
        await using var run = await RunContext.StartAsync(project.Client(options => options with { SpoolFolder = isThere ? project.Folder : null }), "memory");
        await project.Door.ShutAsync();
        for (var step = 0; step < 150_000; step++) run.LogMetric("loss", step, step);
        await Should.ThrowAsync<MeshException>(() => run.FlushAsync());
        Directory.Exists(project.Folder).ShouldBeFalse();
        await project.Door.OpenAsync();
        await run.FlushAsync();
        (await project.CountAsync(run.Id)).ShouldBe(150_000);
    }

    private sealed class StandingClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
