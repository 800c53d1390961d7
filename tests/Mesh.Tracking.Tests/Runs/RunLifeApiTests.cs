using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using static Mesh.Tracking.Tests.ProjectUser;

namespace Mesh.Tracking.Tests.Runs;

public sealed class RunLifeApiTests(TrackingFixture tracking)
{
    [Fact]
    public async Task A_run_lives_from_creation_to_its_end()
    {
        var ada = tracking.NewProject();
        var created = await ada.CreateAsync(new CreateRun("fit", "wine", "script", null, new() { ["lr"] = "0.1" }, new() { ["team"] = "red" }));
        created.Status.ShouldBe(RunStatus.Pending);
        created.Version.ShouldBe(1);
        created.CreatedBy.ShouldBe("ada");
        var started = await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{created.Id}/start", new StartRun(1, "w1")));
        started.Status.ShouldBe(RunStatus.Running);
        started.Version.ShouldBe(2);
        await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{created.Id}/params", new LogParams(new() { ["depth"] = "3" })));
        await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{created.Id}/tags", new SetTags(new() { ["team"] = "", ["note"] = "x" })));
        var done = await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{created.Id}/complete", new CompleteRun(1)));
        var read = await ada.GetAsync(created.Id);
        read.Status.ShouldBe(RunStatus.Completed);
        read.Params.ShouldBe(new Dictionary<string, string> { ["lr"] = "0.1", ["depth"] = "3" }, ignoreOrder: true);
        read.Tags.ShouldBe(new Dictionary<string, string> { ["note"] = "x" });
        read.Version.ShouldBe(5);
        done.Version.ShouldBe(5);
        read.EndedAt.ShouldNotBeNull();

        var history = await ada.GetAsync<Page<HistoryEntry>>($"/runs/{created.Id}/history");
        history.Items.Select(e => e.Type).ShouldBe(["run.created", "run.started", "run.params-logged", "run.tags-set", "run.completed"]);
        history.Items.ShouldAllBe(e => e.Actor == "ada");
    }
}
