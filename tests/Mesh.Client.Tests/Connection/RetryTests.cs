using System.Net;
using System.Net.Sockets;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tests.Connection;

public sealed class RetryTests(ClientMesh fixture)
{
    [Fact]
    public async Task A_creation_whose_answer_was_lost_is_made_once()
    {
        var faults = new Faults().LoseAnswer().LoseAnswer();
        using var mesh = fixture.NewProject(faults);
        var run = await mesh.Project().Runs.CreateAsync(new CreateRun("once"));
        (await mesh.Project().Runs.ListAsync().ToListAsync()).Select(r => r.Id).ShouldBe([run.Id]);
        faults.Seen.Take(3).Select(s => s.Key).Distinct().Count().ShouldBe(1);
        faults.Seen[0].Key.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_service_that_is_away_is_waited_for()
    {
        var faults = new Faults().Refuse().Answer(HttpStatusCode.BadGateway).Answer(HttpStatusCode.ServiceUnavailable).Answer(HttpStatusCode.GatewayTimeout);
        using var mesh = fixture.NewProject(faults);
        (await mesh.Project().Runs.ListAsync().ToListAsync()).ShouldBeEmpty();
        faults.Seen.Count.ShouldBe(5);
    }

    [Fact]
    public async Task What_may_not_be_doubled_is_sent_once()
    {
        var faults = new Faults().Answer(HttpStatusCode.BadGateway);
        using var mesh = fixture.NewProject(faults);
        var refusal = await Should.ThrowAsync<MeshException>(() => mesh.Tokens.CreateAsync(new CreateToken("ci")));
        refusal.Status.ShouldBe(HttpStatusCode.BadGateway);
        refusal.Code.ShouldBe("http.502");
        faults.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_request_that_reached_nobody_is_sent_again_whatever_it_is()
    {
        var faults = new Faults().Refuse().Answer(HttpStatusCode.BadRequest);
        using var mesh = fixture.NewProject(faults);
        (await Should.ThrowAsync<MeshException>(() => mesh.Tokens.CreateAsync(new CreateToken("ci")))).Status.ShouldBe(HttpStatusCode.BadRequest);
        faults.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Patience_ends()
    {
        using var mesh = new MeshClient(new MeshClientOptions { Api = new Uri("http://127.0.0.1:9"), RetryFor = TimeSpan.FromMilliseconds(300) });
        var refusal = await Should.ThrowAsync<MeshException>(() => mesh.MeAsync());
        refusal.Code.ShouldBe("connection.failed");
        refusal.Message.ShouldStartWith("The mesh at http://127.0.0.1:9 does not answer:");
    }

    [Fact]
    public async Task A_mesh_that_has_answered_before_is_waited_for_longer()
    {
        var faults = new Faults().Refuse();
        using var mesh = fixture.NewProject(faults, ClientMesh.Impatient with { ReconnectFor = TimeSpan.FromMinutes(1) });
        await Should.ThrowAsync<MeshException>(async () => await mesh.Project().Runs.ListAsync().ToListAsync());
        (await mesh.Project().Runs.ListAsync().ToListAsync()).ShouldBeEmpty();
        faults.Refuse().Answer(HttpStatusCode.ServiceUnavailable);
        (await mesh.Project().Runs.ListAsync().ToListAsync()).ShouldBeEmpty();
        faults.Seen.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_time_limit_is_no_cancellation()
    {
        var faults = new Faults().TimeOut();
        using var mesh = fixture.NewProject(faults);
        (await mesh.Project().Runs.ListAsync().ToListAsync()).ShouldBeEmpty();
        var artifact = await mesh.Project().Artifacts.UploadAsync("a", "hello"u8.ToArray());
        faults.TimeOut();
        using var target = new MemoryStream();
        await mesh.Project().Artifacts.DownloadBlobAsync(artifact.Digest, target);
        target.ToArray().ShouldBe("hello"u8.ToArray());

        using var impatient = fixture.NewProject(new Faults().TimeOut(), ClientMesh.Impatient);
        (await Should.ThrowAsync<MeshException>(() => impatient.Project().Artifacts.DownloadBlobAsync(artifact.Digest, target))).Code.ShouldBe("connection.failed");
    }

    [Fact]
    public async Task Who_accepts_and_never_answers_is_not_waited_for_without_end()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        var options = ClientMesh.Impatient with { Api = new Uri($"http://{mute.LocalEndpoint}"), Timeout = TimeSpan.FromMilliseconds(300), Project = "p" };
        using var mesh = new MeshClient(options);
        using var target = new MemoryStream();
        (await Should.ThrowAsync<MeshException>(() => mesh.Project().Artifacts.DownloadBlobAsync("00", target))).Message.ShouldContain("No answer within");
        await Should.ThrowAsync<MeshException>(async () => await mesh.Events.SubscribeAsync().FirstAsync());
        using var gone = new CancellationTokenSource();
        var asking = mesh.MeAsync(gone.Token);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking);
    }

    [Fact]
    public async Task What_is_not_there_after_a_deletion_whose_answer_was_lost_has_been_deleted()
    {
        var faults = new Faults();
        using var mesh = fixture.NewProject(faults);
        var runs = mesh.Project().Runs;
        var run = Guid.CreateVersion7();
        faults.LoseAnswer();
        await runs.DeleteAsync(run);
        faults.Answer(HttpStatusCode.GatewayTimeout);
        await runs.DeleteAsync(run);
        // Nothing can have been done here, so that it was never there.
        faults.Refuse().Answer(HttpStatusCode.TooManyRequests);
        (await Should.ThrowAsync<MeshException>(() => runs.DeleteAsync(run))).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_refusal_carries_the_problem_and_its_fields()
    {
        using var mesh = fixture.NewProject();
        var refusal = await Should.ThrowAsync<MeshException>(() => mesh.Project().Runs.CreateAsync(new CreateRun("")));
        refusal.Status.ShouldBe(HttpStatusCode.BadRequest);
        refusal.Code.ShouldBe("body.invalid");
        refusal.Problem.Errors!.ShouldContain(e => e.Field == "name");
        refusal.Message.ShouldContain("name must be 1 to 250 characters.");
    }

    [Fact]
    public async Task A_stranger_is_told_apart_from_an_empty_list()
    {
        using var mesh = fixture.NewProject();
        var refusal = await Should.ThrowAsync<MeshException>(async () => await mesh.Project("somebody-elses").Runs.ListAsync().ToListAsync());
        ((int)refusal.Status).ShouldBeInRange(403, 404);
    }

    [Fact]
    public void No_project_anywhere_is_said() =>
        Should.Throw<InvalidOperationException>(() => new MeshClient(new Uri("http://127.0.0.1:7070"), null).Project()).Message.ShouldContain("MESH_PROJECT");

    [Fact]
    public void A_problem_reads_as_one_sentence() => new MeshException(new Problem
    {
        Type = "urn:mesh:error:body.invalid",
        Title = "Bad",
        Status = 400,
        Code = "body.invalid",
        Detail = "The body is not in form.",
        Errors = [new FieldFault("name", "must be short.")],
    }).Message.ShouldBe("The body is not in form. name must be short.");
}
