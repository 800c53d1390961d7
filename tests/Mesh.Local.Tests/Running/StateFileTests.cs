namespace Mesh.Local.Tests.Running;

public sealed class StateFileTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mesh-state-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Many_that_write_at_once_leave_the_newest_state()
    {
        var calls = 0;
        var state = new StateFile(_data, ready => new MeshState(++calls, "http://127.0.0.1:7070", "separate", "5432", DateTimeOffset.UnixEpoch, ready, []));

        await Parallel.ForAsync(0, 200, TestContext.Current.CancellationToken, (_, _) =>
        {
            state.Write();
            return ValueTask.CompletedTask;
        });

        LocalRun.State(_data).GetProperty("pid").GetInt32().ShouldBe(200);
        Directory.GetFiles(_data).ShouldHaveSingleItem();
    }

    [Fact]
    public void It_says_ready_from_the_moment_everything_is()
    {
        var state = new StateFile(_data, ready => new MeshState(1, "http://127.0.0.1:7070", "separate", "5432", DateTimeOffset.UnixEpoch, ready, []));

        state.Write();
        LocalRun.State(_data).GetProperty("ready").GetBoolean().ShouldBeFalse();
        state.WriteReady();
        state.Write();
        LocalRun.State(_data).GetProperty("ready").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void A_state_that_cannot_be_written_does_not_end_the_writer()
    {
        var state = new StateFile(Path.Combine(_data, "gone"), ready => new MeshState(1, "", "", "", DateTimeOffset.UnixEpoch, ready, []));

        Should.NotThrow(state.Write);
    }
}
