using System.Net;
using System.Text.Json;
using Mesh.Artifacts.Lineage;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Serving;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Lineage;

public sealed class LineageRouteTests(ArtifactsHost host)
{
    [Fact]
    public async Task Events_make_one_graph_from_data_set_to_retraining()
    {
        var (project, story) = await TellAsync(s => s.Events());

        var down = await Ask(project, story.Uri("dataset/iris@1"), "&direction=down&depth=20");

        down.Root.ShouldBe(story.Uri("dataset/iris@1"));
        down.Truncated.ShouldBeFalse();
        var window = story.Uri("window/scores@2026-01-01T01:00:00Z");
        var alert = story.Uri($"alert/retrain@{story.Drift}");
        down.Nodes.Select(node => (node.Uri, node.Distance)).ShouldBe(
        [
            (story.Uri("dataset/iris@1"), 0), (story.Uri($"run/{story.Training}"), 1), (story.Uri("model/weights@2"), 2), (story.Uri("registered-model/churn@1"), 2),
            (story.Uri("endpoint/scores"), 3), (story.Uri("registered-model/churn#champion"), 3), (window, 4), (alert, 5), (story.Uri($"run/{story.Retraining}"), 6),
        ]);
        down.Edges.Select(edge => (edge.From, edge.To, edge.Type)).ShouldBe(
        [
            (story.Uri("dataset/iris@1"), story.Uri($"run/{story.Training}"), LineageRelation.Used),
            (story.Uri($"run/{story.Training}"), story.Uri("model/weights@2"), LineageRelation.Produced),
            (story.Uri($"run/{story.Training}"), story.Uri("registered-model/churn@1"), LineageRelation.Produced),
            (story.Uri("model/weights@2"), story.Uri("registered-model/churn@1"), LineageRelation.RegisteredAs),
            (story.Uri("registered-model/churn@1"), story.Uri("registered-model/churn#champion"), LineageRelation.Aliased),
            (story.Uri("registered-model/churn@1"), story.Uri("endpoint/scores"), LineageRelation.Serves),
            (story.Uri("endpoint/scores"), window, LineageRelation.Observed),
            (window, alert, LineageRelation.Raised),
            (alert, story.Uri($"run/{story.Retraining}"), LineageRelation.Triggered),
        ], ignoreOrder: true);
        var run = down.Nodes.Single(node => node.Uri == story.Uri($"run/{story.Training}"));
        run.Title.ShouldBe("train");
        run.Attributes.ShouldBe(new Dictionary<string, string>
        {
            ["experiment"] = "default",
            ["kind"] = "job",
            ["status"] = "completed",
            ["code.function"] = "trainer",
            ["code.version"] = "4",
            ["code.hash"] = "hash4",
            ["code.commit"] = "abc123",
            ["params.dataset"] = "iris@1",
            ["params.lr"] = "0.1",
        }, ignoreOrder: true);
        down.Nodes.Single(node => node.Kind == "window").Attributes["drift"].ShouldBe("age");
    }

    [Fact]
    public async Task Order_and_repetition_make_no_difference()
    {
        var (project, story) = await TellAsync(s => s.Events());
        var (shuffled, other) = await TellAsync(s =>
        {
            var events = s.Events().ToArray();
            new Random(7).Shuffle(events);
            return [.. events, .. events.Reverse()];
        });

        var one = await Ask(project, story.Uri("dataset/iris@1"), "&direction=down&depth=20");
        var two = await Ask(shuffled, other.Uri("dataset/iris@1"), "&direction=down&depth=20");

        two.Nodes.Count.ShouldBe(9);
        Text(two, other).ShouldBe(Text(one, story));

        static IReadOnlyList<string> Text(LineageGraph graph, LineageStory story)
        {
            var lines = graph.Nodes.Select(node => $"{node.Uri} {node.Kind} {node.Title} {node.FirstSeen:O} {node.LastSeen:O} {node.Distance} {string.Join(';', node.Attributes)}")
                .Concat(graph.Edges.Select(edge => $"{edge.From} {edge.To} {edge.Type} {edge.FirstSeen:O} {edge.LastSeen:O} {edge.Now}"));
            return [.. lines.Select(line => line.Replace(story.Uri(""), "mesh:", StringComparison.Ordinal).Replace(story.Training.ToString(), "T", StringComparison.Ordinal)
                .Replace(story.Retraining.ToString(), "R", StringComparison.Ordinal).Replace(story.Drift.ToString(), "D", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task Up_leads_from_an_endpoint_to_its_data_and_to_data_elsewhere()
    {
        var (project, story) = await TellAsync(s => s.Events());

        var up = await Ask(project, story.Uri("endpoint/scores"), "&direction=up");

        up.Nodes.Select(node => node.Uri).ShouldBe(
        [
            story.Uri("endpoint/scores"), story.Uri("registered-model/churn@1"), story.Uri("model/weights@2"), story.Uri($"run/{story.Training}"),
            story.Uri("dataset/iris@1"), story.Uri("external/other@77"), story.Uri("function/trainer@4"),
        ]);
        up.Nodes.Select(node => node.Distance).ShouldBe([0, -1, -2, -2, -3, -3, -3]);
    }

    [Fact]
    public async Task A_function_leads_to_the_runs_of_its_version_and_to_what_they_made()
    {
        var later = Guid.CreateVersion7();
        var (project, story) = await TellAsync(s => [.. s.Events(), s.Event(new JobSubmitted(later, "later", "default", "ada", new Dictionary<string, string>(), null, "trainer", 10, "hash10"))]);

        var graph = await Ask(project, story.Uri("function/trainer@4"), "&depth=3");
        graph.Nodes.Select(node => (node.Uri, node.Distance)).ShouldBe(
        [
            (story.Uri("function/trainer@4"), 0), (story.Uri($"run/{story.Training}"), 1), (story.Uri("model/weights@2"), 2), (story.Uri("registered-model/churn@1"), 2),
            (story.Uri("endpoint/scores"), 3), (story.Uri("registered-model/churn#champion"), 3),
        ]);
        graph.Nodes[0].ShouldSatisfyAllConditions(
            node => node.Kind.ShouldBe("function"), node => node.Title.ShouldBe("trainer@4"), node => node.Attributes.ShouldBe(new Dictionary<string, string> { ["hash"] = "hash4" }));
        graph.Edges.ShouldContain(edge => edge.From == graph.Root && edge.To == story.Uri($"run/{story.Training}") && edge.Type == LineageRelation.Ran);
        (await Ask(project, story.Uri("function/trainer"))).Nodes.Select(node => node.Uri).ShouldBe([story.Uri("function/trainer@10"), story.Uri($"run/{later}")]);
        (await project.Get<LineageAffected>($"/lineage/affected?uri={Uri.EscapeDataString(story.Uri("function/trainer@4"))}")).Runs.ShouldBe([story.Uri($"run/{story.Training}")]);
    }

    [Fact]
    public async Task Functions_of_runs_that_were_known_before_are_in_the_graph()
    {
        var (project, story) = await TellAsync(s => s.Events());
        var uri = story.Uri($"run/{story.Training}");
        var whole = await Ask(project, uri);
        await using var forget = host.Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(
            $"delete from lineage_edge where project = '{project.Name}' and source like 'function/%'; delete from lineage_node where project = '{project.Name}' and kind = 'function'");
        await forget.ExecuteNonQueryAsync();
        (await Ask(project, uri)).Nodes.Count.ShouldBe(whole.Nodes.Count - 1);

        await using var add = host.Host.Service<ServiceDatabase<IArtifactsStore>>().DataSource.CreateCommand(LineageStore.Functions);
        await add.ExecuteNonQueryAsync();

        JsonSerializer.Serialize(await Ask(project, uri)).ShouldBe(JsonSerializer.Serialize(whole));
    }

    [Fact]
    public async Task Depth_and_limit_bound_the_answer_and_it_says_so()
    {
        var (project, story) = await TellAsync(s => s.Events());

        var near = await Ask(project, story.Uri("dataset/iris@1"), "&direction=down&depth=1");
        near.Nodes.Count.ShouldBe(2);
        near.Truncated.ShouldBeFalse();
        var few = await Ask(project, story.Uri("dataset/iris@1"), "&direction=down&limit=3&depth=20");
        few.Nodes.Count.ShouldBe(3);
        few.Truncated.ShouldBeTrue();
        (await Ask(project, story.Uri("dataset/iris@1"), "&direction=down&limit=9&depth=20")).Truncated.ShouldBeFalse();
    }

    [Fact]
    public async Task A_cycle_is_walked_once()
    {
        // Each run reads what the other made.
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var (project, story) = await TellAsync(s =>
        [
            s.Event(new ArtifactLogged("a", 1, ArtifactKind.File, "d", 1, one)), s.Event(new ArtifactLogged("b", 1, ArtifactKind.File, "d", 1, two)),
            s.Event(new RunDescribed(one, Inputs: [new RunInputRef("b", Address: "file:b@1")])), s.Event(new RunDescribed(two, Inputs: [new RunInputRef("a", Address: s.Uri("file/a@1"))])),
        ]);

        foreach (var direction in (string[])["up", "down", "both"])
        {
            var graph = await Ask(project, story.Uri("file/a@1"), $"&depth=20&direction={direction}");
            graph.Nodes.Select(node => node.Uri).ShouldBe([story.Uri("file/a@1"), story.Uri("file/b@1"), story.Uri($"run/{one}"), story.Uri($"run/{two}")], ignoreOrder: true);
            graph.Edges.Count.ShouldBe(4);
            graph.Truncated.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Affected_are_endpoints_that_serve_from_it_now_aliases_models_and_runs()
    {
        var (project, story) = await TellAsync(s =>
        [
            .. s.Events(), s.Event(new EndpointVersionServed("other", "churn", 1)), s.Event(new EndpointVersionServed("other", "churn", 2, 1)),
            s.Event(new EndpointVersionServed("gone", "churn", 1)), s.Event(new EndpointDeleted("gone")),
            s.Event(new ModelAliasMoved("churn", "old", 1)), s.Event(new ModelAliasMoved("churn", "old", 0, 1)),
        ]);

        var affected = await project.Get<LineageAffected>($"/lineage/affected?uri={Uri.EscapeDataString(story.Uri("dataset/iris@1"))}");

        var version = story.Uri("registered-model/churn@1");
        affected.Endpoints.ShouldBe(
        [
            new AffectedEndpoint(story.Uri("endpoint/scores"), "scores", version, true), new AffectedEndpoint(story.Uri("endpoint/gone"), "gone", version, false),
            new AffectedEndpoint(story.Uri("endpoint/other"), "other", version, false),
        ]);
        affected.Aliases.ShouldBe([new AffectedAlias(story.Uri("registered-model/churn#champion"), "churn", "champion", version)]);
        affected.ModelVersions.ShouldBe([version]);
        affected.Artifacts.ShouldBe([story.Uri("model/weights@2")]);
        // The retraining came from what the endpoint was asked, not from the data.
        affected.Runs.ShouldBe([story.Uri($"run/{story.Training}")]);
        affected.Truncated.ShouldBeFalse();
    }

    [Fact]
    public async Task An_endpoint_that_is_made_again_serves_again()
    {
        var (project, story) = await TellAsync(s =>
            [.. s.Events(), s.Event(new EndpointDeleted("scores")), s.Event(new EndpointDeployed("scores", "churn", "champion")), s.Event(new EndpointVersionServed("scores", "churn", 1))]);

        var affected = await project.Get<LineageAffected>($"/lineage/affected?uri={Uri.EscapeDataString(story.Uri("dataset/iris@1"))}");
        affected.Endpoints.ShouldBe([new AffectedEndpoint(story.Uri("endpoint/scores"), "scores", story.Uri("registered-model/churn@1"), true)]);
    }

    [Fact]
    public async Task A_purged_run_is_marked_and_still_joins_what_it_joined()
    {
        var (project, story) = await TellAsync(s => [.. s.Events(), s.Event(new RunPurged(s.Training))]);

        var down = await Ask(project, story.Uri("dataset/iris@1"), "&direction=down");
        down.Nodes.Single(node => node.Uri == story.Uri($"run/{story.Training}")).Ended.ShouldNotBeNull();
        down.Nodes.ShouldContain(node => node.Uri == story.Uri("endpoint/scores"));
        down.Nodes.Count(node => node.Ended is not null).ShouldBe(1);
    }

    [Fact]
    public async Task Deleted_versions_are_marked_and_stay_what_they_were()
    {
        var (project, story) = await TellAsync(s => [.. s.Events(), s.Event(new ArtifactVersionDeleted("iris", 1)), s.Event(new ModelVersionDeleted("churn", 1))]);

        var graph = await Ask(project, story.Uri($"run/{story.Training}"), "&direction=both&depth=5");
        var ended = graph.Nodes.Where(node => node.Ended is not null).ToList();
        ended.Select(node => $"{node.Kind} {node.Title}").ShouldBe(["dataset iris@1", "registered-model churn@1"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_address_without_version_means_the_newest_and_a_path_does_as_well()
    {
        var (project, story) = await TellAsync(s => [.. s.Events(), .. Enumerable.Range(2, 9).Select(version => s.Event(new ArtifactLogged("iris", version, ArtifactKind.Dataset, "d", 1)))]);

        (await Ask(project, story.Uri("dataset/iris"))).Root.ShouldBe(story.Uri("dataset/iris@10"));
        (await project.Get<LineageGraph>("/lineage/of/dataset/iris@1?direction=down&depth=1")).Nodes.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_an_artifact_is_called_does_not_part_it()
    {
        var run = Guid.CreateVersion7();
        var (project, story) = await TellAsync(s => [s.Event(new ArtifactLogged("table", 1, ArtifactKind.File, "d", 1)), s.Event(new RunDescribed(run, Inputs: [new RunInputRef("t", Address: "dataset:table@1")]))]);

        foreach (var kind in (string[])["file", "dataset"])
            (await Ask(project, story.Uri($"{kind}/table@1"))).Nodes.Select(node => node.Uri).ShouldBe([story.Uri("file/table@1"), story.Uri($"run/{run}")]);
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest, "lineage.uri")]
    [InlineData("?uri=http://x", HttpStatusCode.BadRequest, "lineage.uri")]
    [InlineData("?uri=mesh://{project}/dataset/none@1", HttpStatusCode.NotFound, "lineage.unknown")]
    [InlineData("?uri=mesh://other/dataset/iris@1", HttpStatusCode.UnprocessableEntity, "lineage.other-project")]
    [InlineData("?uri=mesh://{project}/dataset/iris@1&depth=0", HttpStatusCode.BadRequest, "lineage.depth")]
    [InlineData("?uri=mesh://{project}/dataset/iris@1&depth=21", HttpStatusCode.BadRequest, "lineage.depth")]
    [InlineData("?uri=mesh://{project}/dataset/iris@1&limit=10001", HttpStatusCode.BadRequest, "limit.invalid")]
    [InlineData("?uri=mesh://{project}/dataset/iris@1&direction=left", HttpStatusCode.BadRequest, "lineage.direction")]
    [InlineData("?uri=mesh://{project}/dataset/iris@1&dept=2", HttpStatusCode.BadRequest, "filter.invalid")]
    public async Task What_cannot_be_meant_is_refused(string query, HttpStatusCode status, string code)
    {
        var (project, _) = await TellAsync(s => [.. s.Events()]);
        await TestProject.Refused(await project.Get($"/lineage{query.Replace("{project}", project.Name, StringComparison.Ordinal)}"), status, code);
    }

    [Fact]
    public async Task Another_project_sees_nothing_of_it_and_its_deletion_ends_the_graph()
    {
        var (project, story) = await TellAsync(s => s.Events());
        var (other, theirs) = await TellAsync(s => s.Events());
        (await other.Ada.GetAsync($"{project.Root}/lineage?uri={story.Uri("dataset/iris@1")}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Ask(other, theirs.Uri("dataset/iris@1"), "&depth=20")).Nodes.ShouldAllBe(node => node.Uri.StartsWith(theirs.Uri("")));

        await host.Host.Service<IEventBus>().PublishAsync([story.Event(new ProjectDeleted(project.Name))], default);

        await TestProject.Refused(await project.Get($"/lineage?uri={story.Uri("dataset/iris@1")}"), HttpStatusCode.NotFound, "lineage.unknown");
        (await Ask(other, theirs.Uri("dataset/iris@1"), "&depth=20")).Nodes.Count.ShouldBe(9);
    }

    [Fact]
    public async Task What_the_service_itself_logs_and_registers_gets_there_by_the_bus()
    {
        var project = host.NewProject();
        await project.Register("churn");

        var uri = $"mesh://{project.Name}/registered-model/churn@1";
        await Eventually.Holds(async () => (await Ask(project, uri, "&direction=up")).Edges.ShouldHaveSingleItem().From.ShouldBe($"mesh://{project.Name}/model/model@1"));
    }

    private async Task<(TestProject Project, LineageStory Story)> TellAsync(Func<LineageStory, IReadOnlyList<MeshEvent>> tell)
    {
        var project = host.NewProject();
        var story = new LineageStory(project.Name);
        await host.Host.Service<IEventBus>().PublishAsync(tell(story), default);
        return (project, story);
    }

    private static Task<LineageGraph> Ask(TestProject project, string uri, string more = "") => project.Get<LineageGraph>($"/lineage?uri={Uri.EscapeDataString(uri)}{more}");
}
