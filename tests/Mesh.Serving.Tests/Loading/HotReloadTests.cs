using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Serving;
using Mesh.Testing;

namespace Mesh.Serving.Tests.Loading;

public sealed class HotReloadTests(ServedProject served) : IClassFixture<ServedProject>
{
    [Fact]
    public async Task No_request_fails_while_the_alias_moves_back_and_forth()
    {
        // score = version * 10 + x, so every answer shows which version gave it.
        await served.RegisterAsync("moving", 1, 0, 10);
        await served.RegisterAsync("moving", 1, 0, 20);
        await served.MoveAliasAsync("moving", 1);
        await served.DeployAsync("moving", "moving");
        using var stop = new CancellationTokenSource();
        var (answers, wrong) = (new ConcurrentDictionary<string, int>(), new ConcurrentQueue<string>());
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var ada = served.Ada;
            for (var x = 0; !stop.IsCancellationRequested; x = (x + 1) % 5)
            {
                using var response = await ada.PostAsync("/api/v1/projects/demo/v2/models/moving/infer", ServedProject.Row(x, 0));
                var answer = response.StatusCode == HttpStatusCode.OK ? (await response.Content.ReadFromJsonAsync<InferResponse>(MeshJson.Strict))! : null;
                var score = answer?.Outputs[0].Data[0].GetSingle();
                if (answer is null || score != (int.Parse(answer.ModelVersion, System.Globalization.CultureInfo.InvariantCulture) * 10) + x)
                    wrong.Enqueue($"{response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                else answers.AddOrUpdate(answer.ModelVersion, 1, (_, count) => count + 1);
            }
        })).ToArray();

        for (var move = 0; move < 12; move++)
        {
            var version = (move % 2 == 0) ? 2 : 1;
            await served.MoveAliasAsync("moving", version);
            await Eventually.Holds(async () => (await served.EndpointAsync("moving")).ServingVersion.ShouldBe(version));
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        wrong.ShouldBeEmpty();
        answers.Keys.ShouldBe(["1", "2"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_version_that_does_not_load_leaves_the_old_one_in_service()
    {
        await served.MoveAliasAsync("fragile", await served.RegisterAsync("fragile", 1, 1, 5));
        await served.DeployAsync("fragile", "fragile");
        var broken = await served.RegisterAsync("fragile", OfNoOperator(), "onnx", ServedProject.LinearSignature);

        await served.MoveAliasAsync("fragile", broken);

        await Eventually.Holds(async () => (await served.EndpointAsync("fragile")).Cause.ShouldNotBeNull().ShouldStartWith("The model does not load"));
        var info = await served.EndpointAsync("fragile");
        (info.Status, info.ServingVersion).ShouldBe((EndpointStatus.Ready, (int?)1));
        (await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/fragile/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await served.Host.RelayedAsync("endpoint.load-failed", e => e.Subject == "fragile" && e.DataAs<EndpointLoadFailed>().ModelVersion == broken);

        await served.MoveAliasAsync("fragile", 1);
        await Eventually.Holds(async () => (await served.EndpointAsync("fragile")).Cause.ShouldBeNull());
    }

    [Fact]
    public async Task A_first_version_that_does_not_load_is_a_failed_endpoint_that_says_why()
    {
        await served.MoveAliasAsync("misfit", await served.RegisterAsync("misfit", OfNoOperator(), "onnx", ServedProject.LinearSignature));
        (await served.Ada.PutAsJsonAsync("/api/v1/projects/demo/endpoints/misfit", new DeployEndpoint("misfit"), MeshJson.Strict)).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await served.EndpointAsync("misfit")).Status.ShouldBe(EndpointStatus.Failed));
        var response = await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/misfit/infer", ServedProject.Row(1, 1));
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        var problem = await ServedProject.ReadAsync(response);
        problem.GetProperty("code").GetString().ShouldBe("endpoint.not-ready");
        problem.GetProperty("detail").GetString()!.ShouldContain("NoSuchOperator");
        (await served.Ada.GetAsync("/api/v1/projects/demo/v2/models/misfit/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await served.Ada.GetAsync("/api/v1/projects/demo/v2/health/ready")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await served.MoveAliasAsync("misfit", await served.RegisterAsync("misfit", 1, 1, 1));
        await Eventually.Holds(async () => (await served.EndpointAsync("misfit")).Status.ShouldBe(EndpointStatus.Ready));
        (await served.Ada.DeleteAsync("/api/v1/projects/demo/endpoints/misfit")).EnsureSuccessStatusCode();
    }

    // In form, so that it is registered; no runtime knows what it asks for.
    private static byte[] OfNoOperator() => new OnnxFile()
        .Input("features", OnnxFile.Float, -1, 2).Node("NoSuchOperator", ["features"], "score").Output("score", OnnxFile.Float, -1, 1).ToArray();

    [Fact]
    public async Task An_endpoint_can_follow_the_newest_version()
    {
        await served.RegisterAsync("newest", 1, 1, 1);
        (await served.Ada.PutAsJsonAsync("/api/v1/projects/demo/endpoints/newest", new DeployEndpoint("newest", "latest"), MeshJson.Strict)).EnsureSuccessStatusCode();
        await Eventually.Holds(async () => (await served.EndpointAsync("newest")).ServingVersion.ShouldBe(1));
        await served.RegisterAsync("newest", 1, 1, 2);
        await Eventually.Holds(async () => (await served.EndpointAsync("newest")).ServingVersion.ShouldBe(2));
    }

    [Fact]
    public async Task An_endpoint_pointed_to_another_model_answers_all_the_time()
    {
        await served.MoveAliasAsync("before", await served.RegisterAsync("before", 0, 0, 1));
        await served.MoveAliasAsync("after", await served.RegisterAsync("after", 0, 0, 2));
        await served.DeployAsync("switched", "before");
        await served.DeployAsync("switched", "after");
        var answer = await ServedProject.ReadAsync(await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/switched/infer", ServedProject.Row(1, 1)));
        answer.GetProperty("outputs")[0].GetProperty("data")[0].GetSingle().ShouldBe(2);
    }
}

public sealed class RestartTests(ServedProject served) : IClassFixture<ServedProject>
{
    [Fact]
    public async Task A_restarted_service_serves_what_it_served_from_files_it_kept()
    {
        await served.MoveAliasAsync("kept", await served.RegisterAsync("kept", 1, 2, 3));
        await served.DeployAsync("kept", "kept");

        await served.RestartAsync();

        // The very first request: it waits for the load instead of failing.
        var answer = await served.Ada.PostAsync("/api/v1/projects/demo/v2/models/kept/infer", ServedProject.Row(1, 1));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await served.Host.Anonymous().GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var history = (await served.Ada.GetFromJsonAsync<Page<HistoryEntry>>("/api/v1/projects/demo/endpoints/kept/history", MeshJson.Tolerant))!;
        history.Items.Select(entry => entry.Type).ShouldBe(["endpoint.deployed", "endpoint.version-served"]);
    }

    [Fact]
    public async Task A_start_without_the_registry_serves_the_version_that_was_kept()
    {
        await served.MoveAliasAsync("alone", await served.RegisterAsync("alone", 1, 2, 3));
        await served.DeployAsync("alone", "alone");

        // Nothing listens on that port.
        await using var replica = await served.ReplicaAsync(artifacts: "http://127.0.0.1:1");

        var answer = await replica.ClientFor("ada", Role.Editor, "demo").PostAsync("/api/v1/projects/demo/v2/models/alone/infer", ServedProject.Row(1, 1));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        (await ServedProject.ReadAsync(answer)).GetProperty("outputs")[0].GetProperty("data")[0].GetSingle().ShouldBe(6);
    }

    [Fact]
    public async Task Replicas_serve_alike_and_tell_it_once()
    {
        await served.MoveAliasAsync("twin", await served.RegisterAsync("twin", 1, 2, 3));
        await using var replica = await served.ReplicaAsync();
        await served.DeployAsync("twin", "twin");
        var other = replica.ClientFor("ada", Role.Editor, "demo");

        // The other replica has not heard of it by any event: its bus is another one.
        (await other.PostAsync("/api/v1/projects/demo/v2/models/twin/infer", ServedProject.Row(1, 1))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await served.MoveAliasAsync("twin", await served.RegisterAsync("twin", 3, 2, 1));
        await Eventually.Holds(async () =>
        {
            var answer = await ServedProject.ReadAsync(await other.PostAsync("/api/v1/projects/demo/v2/models/twin/infer", ServedProject.Row(1, 1)));
            answer.GetProperty("model_version").GetString().ShouldBe("2");
        });
        await Eventually.Holds(async () => (await served.EndpointAsync("twin")).ServingVersion.ShouldBe(2));
        var history = (await served.Ada.GetFromJsonAsync<Page<HistoryEntry>>("/api/v1/projects/demo/endpoints/twin/history", MeshJson.Tolerant))!;
        history.Items.Select(entry => entry.Type).ShouldBe(["endpoint.deployed", "endpoint.version-served", "endpoint.version-served"]);
        var usage = (await replica.ClientForService("projects").GetFromJsonAsync<ProjectUsage>("/internal/projects/demo/usage", MeshJson.Tolerant))!;
        usage.Counts["endpoints"].ShouldBeGreaterThan(0);
    }
}
