using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Mesh.Hosting.Tests.Notes;
using Mesh.Testing;

namespace Mesh.Hosting.Tests;

/// <summary>What every service gets from hosting, seen from outside on real PostgreSQL.</summary>
public sealed class ServiceHostTests(NotesHost host) : IClassFixture<NotesHost>
{
    private const string Notes = "/api/v1/projects/demo/notes";
    private readonly HttpClient _ada = host.Host.ClientFor("ada", Role.Editor, "demo");

    [Fact]
    public async Task A_written_note_is_read_back()
    {
        var created = await _ada.PostAsJsonAsync(Notes, new { text = "hello" });
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var note = await _ada.GetFromJsonAsync<JsonElement>(created.Headers.Location!);
        note.GetProperty("text").GetString().ShouldBe("hello");
    }

    [Fact]
    public async Task A_service_reached_without_an_identity_refuses()
    {
        var problem = await ProblemOf(await host.Host.Anonymous().GetAsync($"{Notes}/{Guid.CreateVersion7()}"), HttpStatusCode.Unauthorized);
        problem.GetProperty("code").GetString().ShouldBe("identity.required");
    }

    [Fact]
    public async Task A_forged_identity_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Notes}/{Guid.CreateVersion7()}");
        request.Headers.Add("Mesh-Identity", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImtpbmQiOiJTZXJ2aWNlIn0.");
        (await host.Host.Anonymous().SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(Role.Viewer, "demo", "POST", "", HttpStatusCode.Forbidden, "access.role")]
    [InlineData(Role.Editor, "demo", "DELETE", "/0193a1c0-0000-7000-8000-000000000000", HttpStatusCode.Forbidden, "access.role")]
    [InlineData(Role.Owner, "other", "GET", "/0193a1c0-0000-7000-8000-000000000000", HttpStatusCode.NotFound, "project.unknown")]
    [InlineData(Role.Viewer, "demo", "GET", "/0193a1c0-0000-7000-8000-000000000000", HttpStatusCode.NotFound, "note.unknown")]
    public async Task Roles_are_enforced_by_the_service(Role role, string project, string method, string path, HttpStatusCode status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Notes + path);
        if (method == "POST") request.Content = JsonContent.Create(new { text = "x" });
        var problem = await ProblemOf(await host.Host.ClientFor("eve", role, project).SendAsync(request), status);
        problem.GetProperty("code").GetString().ShouldBe(code);
    }

    [Fact]
    public async Task Internal_addresses_are_for_services_alone()
    {
        (await _ada.GetAsync("/internal/notes/count")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await host.Host.ClientForService("tracking").GetAsync("/internal/notes/count")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("{\"text\": ", 400, "body.malformed", null)]
    [InlineData("{\"text\": 7}", 400, "body.malformed", "text")]
    [InlineData("{\"text\": \"a\", \"colour\": 1}", 400, "body.malformed", "colour")]
    [InlineData("{\"weight\": 1}", 400, "body.malformed", null)]
    [InlineData("{\"text\": null}", 400, "body.malformed", "text")]
    [InlineData("{\"text\": \"\"}", 400, "body.invalid", "text")]
    [InlineData("", 400, "request.malformed", null)]
    [InlineData("[]", 400, "body.malformed", null)]
    [InlineData("{\"text\": \"a\\u0000b\"}", 400, "text.null-character", null)]
    public async Task A_body_out_of_form_gets_a_problem_that_says_where(string body, int status, string code, string? field)
    {
        var problem = await ProblemOf(await _ada.PostAsync(Notes, new StringContent(body, null, "application/json")), (HttpStatusCode)status);
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("detail").GetString()!.ShouldNotContain("Mesh.");
        if (field is not null) problem.GetProperty("errors")[0].GetProperty("field").GetString()!.ShouldContain(field);
    }

    [Fact]
    public async Task Media_type_size_route_and_method_have_problems_too()
    {
        (await CodeOf(await _ada.PostAsync(Notes, new StringContent("text=1", null, "text/plain")), HttpStatusCode.UnsupportedMediaType)).ShouldBe("body.media-type");
        (await CodeOf(await _ada.PostAsync(Notes, new StringContent(new string(' ', 2 << 20), null, "application/json")), HttpStatusCode.RequestEntityTooLarge)).ShouldBe("body.too-large");
        (await CodeOf(await _ada.GetAsync("/nowhere"), HttpStatusCode.NotFound)).ShouldBe("route.unknown");
        (await CodeOf(await _ada.PutAsync(Notes, null), HttpStatusCode.MethodNotAllowed)).ShouldBe("method.not-allowed");
    }

    [Fact]
    public async Task A_fault_of_ours_shows_only_its_trace()
    {
        var response = await _ada.GetAsync($"{Notes}/fault");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("inner workings");
    }

    [Fact]
    public async Task The_same_idempotency_key_makes_one_note()
    {
        var key = Guid.CreateVersion7().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(new { text = "once" }, key)));
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created);
        answers.Select(a => a.Headers.Location).Distinct().Count().ShouldBe(1);
        (await CodeOf(await PostAsync(new { text = "twice" }, key), HttpStatusCode.Conflict)).ShouldBe("idempotency-key.reused");
        (await CodeOf(await PostAsync(new { text = "x" }, "with space"), HttpStatusCode.BadRequest)).ShouldBe("idempotency-key.invalid");
    }

    [Fact]
    public async Task Concurrent_writers_all_count_and_a_stale_version_is_refused()
    {
        var note = (await PostAsync(new { text = "contended" }, Guid.CreateVersion7().ToString())).Headers.Location!;
        var reads = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _ada.PostAsync($"{note}/read", null)));
        reads.ShouldAllBe(r => r.StatusCode == HttpStatusCode.OK);
        (await _ada.GetFromJsonAsync<JsonElement>(note)).GetProperty("reads").GetInt32().ShouldBe(5);

        using var stale = new HttpRequestMessage(HttpMethod.Post, $"{note}/read");
        stale.Headers.Add("If-Match", "\"2\"");
        (await CodeOf(await _ada.SendAsync(stale), HttpStatusCode.PreconditionFailed)).ShouldBe("version.mismatch");
        using var current = new HttpRequestMessage(HttpMethod.Post, $"{note}/read");
        current.Headers.Add("If-Match", "\"6\"");
        (await _ada.SendAsync(current)).Headers.ETag!.Tag.ShouldBe("\"7\"");
    }

    [Fact]
    public async Task Events_are_relayed_in_order_with_actor_and_stream_version()
    {
        var note = (await PostAsync(new { text = "relayed" }, Guid.CreateVersion7().ToString())).Headers.Location!;
        await _ada.PostAsync($"{note}/read", null);
        await _ada.PostAsync($"{note}/read", null);
        var subject = note.ToString().Split('/')[^1];
        await host.Host.RelayedAsync("run.started", e => e.Subject == subject && e.StreamVersion == 3);
        var mine = host.Host.Events.Where(e => e.Subject == subject).ToList();
        mine.Select(e => (e.Type, e.StreamVersion)).ShouldBe([("run.created", 1L), ("run.started", 2L), ("run.started", 3L)]);
        mine.Select(e => (e.Actor, e.Project, e.Source)).Distinct().ShouldBe([("ada", "demo", "/mesh/notes")]);
    }

    [Fact]
    public async Task A_consumer_handles_an_event_once_however_often_it_comes()
    {
        var bus = host.Host.Service<IEventBus>();
        var e = new MeshEvent
        {
            Id = Guid.CreateVersion7(),
            Source = "/mesh/test",
            Type = "run.created",
            Subject = "s",
            Time = DateTimeOffset.UnixEpoch,
            Project = "twice",
            StreamVersion = 1,
            Data = JsonSerializer.SerializeToElement(new { runId = Guid.CreateVersion7(), name = "n", experiment = "e" }),
        };
        (await HandledAsync(e.Id, e.Type)).ShouldBeFalse();
        (await HandledAsync(e.Id, "job.created")).ShouldBeTrue("nobody here waits for such events");
        await bus.PublishAsync([e], CancellationToken.None);
        (await HandledAsync(e.Id, e.Type)).ShouldBeTrue();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bus.PublishAsync([e], CancellationToken.None)));
        await using var session = host.Host.Service<INotesStore>().OpenQuery("twice");
        (await session.LoadAsync<ReadCount>("all"))!.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_event_that_never_works_is_set_aside_and_the_others_go_on()
    {
        var poison = (await PostAsync(new { text = "poison" }, Guid.CreateVersion7().ToString())).Headers.Location!.ToString().Split('/')[^1];
        await host.Host.RelayedAsync("run.created", e => e.Subject == poison);
        await using var session = host.Host.Service<INotesStore>().OpenQuery("demo");
        var letters = await Marten.QueryableExtensions.ToListAsync(session.Query<DeadLetter>().Where(l => l.Consumer == "poisoned"));
        letters.ShouldContain(l => l.Event.Subject == poison && l.Cause == "cannot be handled");
    }

    [Fact]
    public async Task Health_metrics_and_openapi_answer()
    {
        var anyone = host.Host.Anonymous();
        (await anyone.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await anyone.GetStringAsync("/health/ready")).ShouldContain("database-notes");
        var counted = (await PostAsync(new { text = "counted" }, Guid.CreateVersion7().ToString())).Headers.Location!.ToString().Split('/')[^1];
        await host.Host.RelayedAsync("run.created", e => e.Subject == counted);
        await Eventually.Holds(async () => (await anyone.GetStringAsync("/metrics")).ShouldContain("mesh_events"));
        (await anyone.GetStringAsync("/openapi/v1.json")).ShouldContain("/api/v1/projects/{project}/notes");
    }

    private async Task<bool> HandledAsync(Guid id, string type) =>
        (await host.Host.ClientForService("projects").GetFromJsonAsync<JsonElement>($"/internal/inbox/notes/{id}?type={type}")).GetProperty("handled").GetBoolean();

    private async Task<HttpResponseMessage> PostAsync(object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Notes) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return await _ada.SendAsync(request);
    }

    private static async Task<string?> CodeOf(HttpResponseMessage response, HttpStatusCode status) => (await ProblemOf(response, status)).GetProperty("code").GetString();

    private static async Task<JsonElement> ProblemOf(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        return JsonDocument.Parse(text).RootElement;
    }
}
