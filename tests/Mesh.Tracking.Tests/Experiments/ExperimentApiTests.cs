using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Tracking.Tests.Experiments;

public sealed class ExperimentApiTests(TrackingFixture tracking)
{
    [Fact]
    public async Task A_project_has_the_default_experiment_from_the_start()
    {
        var ada = tracking.NewProject();
        (await ada.As("vera", Role.Viewer).GetAsync<ExperimentInfo>("/experiments/0")).Name.ShouldBe("Default");
        (await ada.CreateAsync(new CreateRun("fit"))).ExperimentId.ShouldBe(0);
        (await ada.CreateAsync(new CreateRun("fit", "Default"))).ExperimentId.ShouldBe(0);
    }

    [Fact]
    public async Task Numbers_count_up_in_each_project_and_runs_make_what_they_name()
    {
        foreach (var ada in (ProjectUser[])[tracking.NewProject(), tracking.NewProject()])
        {
            (await CreateAsync(ada, "wine")).Id.ShouldBe(1);
            (await ada.CreateAsync(new CreateRun("fit", "beer"))).ExperimentId.ShouldBe(2);
            (await ada.CreateAsync(new CreateRun("fit", "wine"))).ExperimentId.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Many_runs_that_name_a_new_experiment_at_once_share_it()
    {
        var ada = tracking.NewProject();
        var runs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ada.CreateAsync(new CreateRun("fit", "rush"))));
        runs.Select(run => run.ExperimentId).Distinct().ShouldHaveSingleItem();
        (await ada.GetAsync<Page<ExperimentInfo>>("/experiments?name=rush")).Items.ShouldHaveSingleItem().Runs.ShouldBe(12);
    }

    [Fact]
    public async Task A_new_name_shows_in_its_runs_and_lists()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync(new CreateRun("fit", "wine"));
        var renamed = await PatchAsync(ada, run.ExperimentId, new UpdateExperiment("beer", new() { ["team"] = "red" }));
        (renamed.Name, renamed.Tags["team"]).ShouldBe(("beer", "red"));
        (await ada.GetAsync(run.Id)).Experiment.ShouldBe("beer");
        (await ada.GetAsync<Page<RunInfo>>("/runs?experiment=beer")).Items.ShouldHaveSingleItem().Experiment.ShouldBe("beer");
        (await ada.GetAsync<Page<RunInfo>>("/runs?experiment=wine")).Items.ShouldBeEmpty();
        (await PatchAsync(ada, run.ExperimentId, new UpdateExperiment(Tags: new() { ["team"] = "" }))).Tags.ShouldBeEmpty();
        (await ada.GetAsync<Page<HistoryEntry>>($"/experiments/{run.ExperimentId}/history")).Items.Select(e => e.Type)
            .ShouldBe(["experiment.created", "experiment.renamed", "experiment.tags-set", "experiment.tags-set"]);
    }

    [Fact]
    public async Task A_name_is_given_once_also_when_its_owner_is_deleted()
    {
        var ada = tracking.NewProject();
        var wine = await CreateAsync(ada, "wine");
        var beer = await CreateAsync(ada, "beer");
        await ada.PostAsync("/experiments", new CreateExperiment("wine")).ShouldBeProblemAsync(409, "experiment.exists");
        await ada.PostAsync("/experiments", new CreateExperiment("Default")).ShouldBeProblemAsync(409, "experiment.exists");
        await SendAsync(ada, beer.Id, new UpdateExperiment("wine")).ShouldBeProblemAsync(409, "experiment.exists");
        await DeleteAsync(ada, wine.Id);
        (await ada.PostAsync("/experiments", new CreateExperiment("wine")).ShouldBeProblemAsync(409, "experiment.exists")).Detail!.ShouldContain("deleted");
        await ada.PostAsync("/runs", new CreateRun("fit", "wine")).ShouldBeProblemAsync(409, "experiment.deleted");
        await SendAsync(ada, wine.Id, new UpdateExperiment("water")).ShouldBeProblemAsync(409, "experiment.deleted");
    }

    [Fact]
    public async Task Runs_go_with_their_experiment_and_come_back_with_it_but_not_those_that_went_before()
    {
        var ada = tracking.NewProject();
        var kept = await ada.CreateAsync(new CreateRun("kept", "wine"));
        var gone = await ada.CreateAsync(new CreateRun("gone", "wine"));
        var other = await ada.CreateAsync(new CreateRun("other", "beer"));
        (await ada.SendAsync(HttpMethod.Delete, $"/runs/{gone.Id}", null)).EnsureSuccessStatusCode();
        await DeleteAsync(ada, kept.ExperimentId);
        await Eventually.Holds(async () => (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.Select(run => run.Id).ShouldBe([other.Id]));
        (await ada.GetAsync<Page<ExperimentInfo>>("/experiments")).Items.ShouldNotContain(e => e.Name == "wine");
        (await ada.GetAsync<Page<ExperimentInfo>>("/experiments?deleted=true")).Items.ShouldHaveSingleItem().Deleted.ShouldBeTrue();
        (await ada.PostAsync($"/experiments/{kept.ExperimentId}/restore", new { })).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.Select(run => run.Name).Order().ShouldBe(["kept", "other"]));
        (await ada.PostAsync($"/runs/{gone.Id}/restore", new { })).EnsureSuccessStatusCode();
        (await ada.GetAsync(gone.Id)).Name.ShouldBe("gone");
    }

    [Fact]
    public async Task What_is_not_there_or_not_in_form_is_refused()
    {
        var ada = tracking.NewProject();
        await ada.Http.GetAsync($"{ada.Base}/experiments/7").ShouldBeProblemAsync(404, "experiment.unknown");
        await ada.Http.GetAsync($"{ada.Base}/experiments/7/history").ShouldBeProblemAsync(404, "experiment.unknown");
        await ada.SendAsync(HttpMethod.Delete, "/experiments/7", null).ShouldBeProblemAsync(404, "experiment.unknown");
        await SendAsync(ada, 7, new UpdateExperiment("x")).ShouldBeProblemAsync(404, "experiment.unknown");
        await ada.PostAsync("/experiments", new CreateExperiment("../x")).ShouldBeProblemAsync(400, "body.invalid");
        await ada.As("vera", Role.Viewer).PostAsync("/experiments", new CreateExperiment("x")).ShouldBeProblemAsync(403, "access.role");
    }

    private static async Task<ExperimentInfo> CreateAsync(ProjectUser user, string name) =>
        await ProjectUser.ReadAsync<ExperimentInfo>(await user.PostAsync("/experiments", new CreateExperiment(name)), HttpStatusCode.Created);

    private static Task<HttpResponseMessage> SendAsync(ProjectUser user, long experiment, UpdateExperiment change) =>
        user.SendAsync(HttpMethod.Patch, $"/experiments/{experiment}", JsonContent.Create(change, options: MeshJson.Strict));

    private static async Task<ExperimentInfo> PatchAsync(ProjectUser user, long experiment, UpdateExperiment change) =>
        await ProjectUser.ReadAsync<ExperimentInfo>(await SendAsync(user, experiment, change));

    private static async Task DeleteAsync(ProjectUser user, long experiment) =>
        (await user.SendAsync(HttpMethod.Delete, $"/experiments/{experiment}", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
}
