using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Artifacts.Lineage.Pushing;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Bus;
using Mesh.Projects;
using Mesh.Testing;
using Microsoft.AspNetCore.Http;

namespace Mesh.Artifacts.Tests.Lineage;

/// <summary>Run events, posted to a receiver that is not always well.</summary>
public sealed class OpenLineagePushTests
{
    private const string Route = "/api/v1/projects/demo/lineage/openlineage/target";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_run_is_told_with_what_it_read_and_made_and_with_a_token()
    {
        await using var receiver = await ReceiverAsync();
        await using var mesh = await StartAsync();
        try
        {
            var olga = mesh.ClientFor("olga", Role.Owner, "demo");
            (await mesh.ClientForAdmin().PostAsJsonAsync("/api/v1/projects", new CreateProject("demo"), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Created);
            (await olga.PutAsJsonAsync("/api/v1/projects/demo/secrets/LINEAGE", new SetSecret("t0ken"), MeshJson.Strict)).IsSuccessStatusCode.ShouldBeTrue();
            await SetAsync(mesh, new SetOpenLineageTarget(receiver.Url, "LINEAGE"));
            var run = Guid.CreateVersion7();
            await TellAsync(
                mesh, new RunCreated(run, "train", "default", Params: new Dictionary<string, string> { ["dataset"] = "iris@1" }), new RunStarted(run, 1),
                new ArtifactLogged("weights", 2, ArtifactKind.Model, "d2", 20, run), new RunStarted(run, 2), new RunFailed(run, "train", "default", "boom"));

            await Eventually.Holds(() => receiver.TypesOf(run).ShouldBe(["START", "RUNNING", "FAIL"]), Patience);

            var (_, _, e, authorization) = receiver.Taken[^1];
            authorization.ShouldBe("Bearer t0ken");
            e.GetProperty("job").GetRawText().ShouldBe("""{"namespace":"mesh://demo","name":"train"}""");
            e.GetProperty("inputs").GetRawText().ShouldBe("""[{"namespace":"mesh://demo","name":"dataset/iris@1"}]""");
            e.GetProperty("outputs").GetRawText().ShouldBe("""[{"namespace":"mesh://demo","name":"model/weights@2"}]""");
            e.GetProperty("schemaURL").GetString().ShouldStartWith("https://openlineage.io/spec/2-0-2/");
            await Eventually.Holds(async () =>
            {
                var state = await StateAsync(mesh);
                (state.Sent, state.Waiting, state.Failures, state.Problem, state.SetBy, state.Secret).ShouldBe((3, 0, 0, null, "olga", "LINEAGE"));
                state.LastSentAt.ShouldNotBeNull();
            });
            mesh.Logs.Lines.ShouldNotContain(line => line.Message.Contains("t0ken", StringComparison.Ordinal));
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    [Fact]
    public async Task A_receiver_that_fails_stalls_and_is_away_gets_everything_in_order()
    {
        await using var receiver = await ReceiverAsync();
        await using var mesh = await StartAsync();
        try
        {
            await SetAsync(mesh, new SetOpenLineageTarget(receiver.Url));
            var (first, second, third) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());

            receiver.Answer = (_, _) => Task.FromResult(StatusCodes.Status503ServiceUnavailable);
            await TellAsync(mesh, new RunStarted(first, 1), new RunCompleted(first, "train", "default"));
            await Eventually.Holds(async () => (await StateAsync(mesh)).Problem.ShouldBe("The receiver answered 503."));
            var failing = await StateAsync(mesh);
            (failing.Waiting, failing.Sent).ShouldBe((2, 0));
            failing.NextTryAt.ShouldNotBeNull();

            receiver.Answer = async (_, context) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return StatusCodes.Status200OK;
            };
            await Eventually.Holds(async () => (await StateAsync(mesh)).Problem.ShouldBe("The receiver did not answer within 1 s."), Patience);
            await TellAsync(mesh, new RunStarted(second, 1));

            await receiver.StopAsync();
            await Eventually.Holds(async () => (await StateAsync(mesh)).Problem!.ShouldStartWith("The receiver cannot be reached"), Patience);
            await TellAsync(mesh, new RunAborted(second, "other", "default"), new RunStarted(third, 1));

            receiver.Answer = (_, _) => Task.FromResult(StatusCodes.Status200OK);
            await receiver.StartAsync();
            // Whoever mended the receiver need not wait for the next try.
            await SetAsync(mesh, new SetOpenLineageTarget(receiver.Url));
            await Eventually.Holds(() => receiver.TypesOf(third).ShouldBe(["START"]), Patience);
            receiver.TypesOf(first).Distinct().ShouldBe(["START", "COMPLETE"]);
            receiver.TypesOf(second).ShouldBe(["START", "ABORT"]);
            await Eventually.Holds(async () => (await StateAsync(mesh)).Waiting.ShouldBe(0));
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    [Fact]
    public async Task An_event_that_is_refused_for_good_does_not_keep_the_others()
    {
        await using var receiver = await ReceiverAsync();
        await using var mesh = await StartAsync();
        try
        {
            await SetAsync(mesh, new SetOpenLineageTarget(receiver.Url));
            var (bad, good) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            receiver.Answer = (e, _) => Task.FromResult(e.GetProperty("run").GetProperty("runId").GetString() == bad.ToString() ? 422 : 200);
            await TellAsync(mesh, new RunStarted(bad, 1), new RunStarted(good, 1));
            await Eventually.Holds(() => receiver.TypesOf(good).ShouldBe(["START"]), Patience);
            await Eventually.Holds(async () =>
            {
                var state = await StateAsync(mesh);
                (state.Refused, state.Sent, state.Waiting).ShouldBe((1, 1, 0));
            });
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    [Fact]
    public async Task What_waits_survives_a_restart_and_ends_with_its_target()
    {
        await using var receiver = await ReceiverAsync();
        var (postgres, folder) = (await PostgresFixture.ServerConnectionStringAsync(), Directory.CreateTempSubdirectory("mesh-test-").FullName);
        var database = $"test_{Guid.CreateVersion7():N}";
        var run = Guid.CreateVersion7();
        try
        {
            receiver.Answer = (_, _) => Task.FromResult(StatusCodes.Status500InternalServerError);
            await using (var first = await StartAsync(postgres, database, folder))
            {
                await SetAsync(first, new SetOpenLineageTarget(receiver.Url));
                await TellAsync(first, new RunStarted(run, 1), new RunCompleted(run, "train", "default"));
                await Eventually.Holds(async () => (await StateAsync(first)).Failures.ShouldBeGreaterThan(0));
            }

            receiver.Answer = (_, _) => Task.FromResult(StatusCodes.Status200OK);
            await using var second = await StartAsync(postgres, database, folder);
            await Eventually.Holds(() => receiver.TypesOf(run).ShouldBe(["START", "COMPLETE"]), Patience);

            (await second.ClientFor("olga", Role.Owner, "demo").DeleteAsync(Route)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await TestProject.Refused(await second.ClientFor("olga", Role.Owner, "demo").GetAsync(Route), HttpStatusCode.NotFound, "openlineage.no-target");
            await TellAsync(second, new RunStarted(Guid.CreateVersion7(), 1));
            (await second.Service<PushStore>().NextAsync(default)).ShouldBeNull();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await ServiceHost.DropAsync(postgres, database);
        }
    }

    [Fact]
    public async Task The_inner_network_is_not_reached_unless_the_operator_lets_it()
    {
        await using var receiver = await ReceiverAsync();
        await using var mesh = await StartAsync();
        try
        {
            var olga = mesh.ClientFor("olga", Role.Owner, "demo");
            foreach (var url in (string[])["http://10.0.0.1/", "http://[::1]:5000/", "http://169.254.169.254/latest/meta-data", "http://167772161/", "http://127.0.0.2/", "http://[::ffff:10.0.0.1]/"])
                await TestProject.Refused(await olga.PutAsJsonAsync(Route, new SetOpenLineageTarget(url), MeshJson.Strict), HttpStatusCode.UnprocessableEntity, "openlineage.address-refused");
            foreach (var url in (string[])["ftp://a/", "lineage", "http://user:pass@a/", "http://a/#x"])
                (await olga.PutAsJsonAsync(Route, new SetOpenLineageTarget(url), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await mesh.ClientFor("ed", Role.Editor, "demo").PutAsJsonAsync(Route, new SetOpenLineageTarget("https://example.com/"), MeshJson.Strict)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

            // A name says nothing of where it leads; that is seen when it is connected to.
            await SetAsync(mesh, new SetOpenLineageTarget(receiver.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)));
            await TellAsync(mesh, new RunStarted(Guid.CreateVersion7(), 1));
            await Eventually.Holds(async () => (await StateAsync(mesh)).Problem!.ShouldContain("private"), Patience);
            receiver.Visits.ShouldBe(0);

            // Nor is the receiver followed elsewhere.
            receiver.Answer = (_, context) =>
            {
                context.Response.Headers.Location = "http://127.0.0.2/";
                return Task.FromResult(307);
            };
            await SetAsync(mesh, new SetOpenLineageTarget(receiver.Url));
            await Eventually.Holds(async () => (await StateAsync(mesh)).Problem.ShouldBe("The receiver answered 307."), Patience);
        }
        finally
        {
            await ServiceHost.DropAsync(mesh.Options.Postgres, mesh.Options.Database!);
        }
    }

    private static async Task<ServiceHost> StartAsync(string? postgres = null, string? database = null, string? folder = null) => await ServiceHost.StartAsync(
        postgres ?? await PostgresFixture.ServerConnectionStringAsync(), [new ArtifactsService(), new ProjectsService()], database, folder,
        new Dictionary<string, string?>
        {
            ["Artifacts:OpenLineage:AllowedHosts:0"] = "127.0.0.1",
            ["Artifacts:OpenLineage:TimeoutSeconds"] = "1",
            ["Artifacts:OpenLineage:SettleSeconds"] = "0",
        });

    private static async Task<LineageReceiver> ReceiverAsync()
    {
        var receiver = new LineageReceiver();
        await receiver.StartAsync();
        return receiver;
    }

    private static async Task SetAsync(ServiceHost mesh, SetOpenLineageTarget target) =>
        (await TestProject.Read<OpenLineageTarget>(await mesh.ClientFor("olga", Role.Owner, "demo").PutAsJsonAsync(Route, target, MeshJson.Strict))).Url.ShouldBe(target.Url);

    private static async Task<OpenLineageTarget> StateAsync(ServiceHost mesh) =>
        await TestProject.Read<OpenLineageTarget>(await mesh.ClientFor("olga", Role.Owner, "demo").GetAsync(Route));

    private static async Task TellAsync(ServiceHost mesh, params IIntegrationEvent[] events)
    {
        foreach (var e in events)
        {
            await mesh.Service<IEventBus>().PublishAsync(
                [
                    new MeshEvent
                    {
                        Id = Guid.CreateVersion7(),
                        Source = "/mesh/test",
                        Type = EventTypes.NameOf(e.GetType()),
                        Subject = e.Subject,
                        Project = "demo",
                        StreamVersion = 1,
                        Time = TimeProvider.System.GetUtcNow(),
                        Data = JsonSerializer.SerializeToElement(e, e.GetType(), MeshJson.Strict),
                    },
                ], default);
        }
    }
}
