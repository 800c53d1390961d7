using System.Net;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;
using static Mesh.Tracking.Tests.ProjectUser;

namespace Mesh.Tracking.Tests.Runs;

public sealed class RunBadInputTests(TrackingFixture tracking)
{
    [Theory]
    [InlineData("""{"name":"x","colour":"red"}""", "body.malformed")]
    [InlineData("""{"name":1}""", "body.malformed")]
    [InlineData("""{"name":null}""", "body.malformed")]
    [InlineData("""{}""", "body.malformed")]
    [InlineData("""{"name":"x","params":{"lr":0.1}}""", "body.malformed")]
    [InlineData("""{"name":"x","id":"seven"}""", "body.malformed")]
    [InlineData("""{"name":"x" """, "body.malformed")]
    [InlineData("", "body.malformed")]
    [InlineData("""{"name":""}""", "body.invalid")]
    [InlineData("""{"name":"x","params":{"lr":null}}""", "body.invalid")]
    [InlineData("""{"name":"x","tags":{"a":null}}""", "body.invalid")]
    [InlineData("""{"name":"x","tags":{"/a":"1"}}""", "body.invalid")]
    [InlineData("""{"name":"x","kind":"Not A Label"}""", "body.invalid")]
    [InlineData("""{"name":"x","experiment":"../up"}""", "body.invalid")]
    [InlineData("""{"name":"x","id":"00000000-0000-0000-0000-000000000000"}""", "body.invalid")]
    public async Task A_run_that_is_out_of_form_is_not_created(string body, string code)
    {
        var ada = tracking.NewProject();
        var answer = ada.SendAsync(HttpMethod.Post, "/runs", new StringContent(body, Encoding.UTF8, "application/json"));
        if (body.Length == 0) ((int)(await answer).StatusCode).ShouldBe(400);
        else await answer.ShouldBeProblemAsync(400, code);
        (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("start", """{"attempt":0}"""), InlineData("start", """{"attempt":"1"}"""), InlineData("start", """{"worker":7}""")]
    [InlineData("complete", """{"attempt":1.5}"""), InlineData("complete", """{"outcome":"good"}""")]
    [InlineData("fail", """{"cause":""}"""), InlineData("fail", """{}"""), InlineData("fail", """{"cause":null}""")]
    [InlineData("abort", """{"reason":5}"""), InlineData("aborted", """[1]""")]
    [InlineData("params", """{"params":null}"""), InlineData("params", """{"params":{"a":null}}"""), InlineData("params", """{"params":{" ..":"x"}}""")]
    [InlineData("tags", """{}"""), InlineData("tags", """{"tags":{"a":1}}"""), InlineData("tags", """{"tags":{"a":null}}""")]
    public async Task A_command_that_is_out_of_form_changes_nothing(string verb, string body)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        using var answer = await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/{verb}", new StringContent(body, Encoding.UTF8, "application/json"));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, await answer.Content.ReadAsStringAsync());
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await ada.GetAsync(run.Id)).Version.ShouldBe(run.Version);
    }

    [Theory]
    [InlineData("start"), InlineData("complete"), InlineData("fail"), InlineData("abort"), InlineData("aborted"), InlineData("params"), InlineData("tags")]
    public async Task Another_projects_run_and_an_unknown_one_are_not_found(string verb)
    {
        var ada = tracking.NewProject();
        var bob = tracking.NewProject();
        var run = await ada.StartedAsync();
        var body = verb switch { "fail" => """{"cause":"x"}""", "params" => """{"params":{"a":"1"}}""", "tags" => """{"tags":{"a":"1"}}""", _ => "{}" };
        foreach (var id in (Guid[])[run.Id, Guid.CreateVersion7()])
            await bob.SendAsync(HttpMethod.Post, $"/runs/{id}/{verb}", new StringContent(body, Encoding.UTF8, "application/json")).ShouldBeProblemAsync(404, "run.unknown");
        (await ada.GetAsync(run.Id)).Version.ShouldBe(run.Version);
    }

    [Fact]
    public async Task Reads_of_another_projects_run_find_nothing()
    {
        var ada = tracking.NewProject();
        var bob = tracking.NewProject();
        var run = await ada.StartedAsync();
        foreach (var path in (string[])["", "?asOf=1", "/history", "/metrics", "/metrics/x", "/logs"])
            await bob.Http.GetAsync($"{bob.Base}/runs/{run.Id}{path}").ShouldBeProblemAsync(404, "run.unknown");
        await bob.SendAsync(HttpMethod.Delete, $"/runs/{run.Id}", null).ShouldBeProblemAsync(404, "run.unknown");
        await bob.PostAsync("/runs", new CreateRun("child", Parent: run.Id)).ShouldBeProblemAsync(422, "parent.unknown");
        await bob.Http.GetAsync($"{bob.Base}/runs/not-an-id").ShouldBeProblemAsync(404, "route.unknown");
    }

    [Fact]
    public async Task Roles_are_enforced()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        var eve = ada.As("eve", Role.Viewer);
        (await eve.GetAsync(run.Id)).Id.ShouldBe(run.Id);
        await eve.PostAsync("/runs", new CreateRun("x")).ShouldBeProblemAsync(403, "access.role");
        await eve.PostAsync($"/runs/{run.Id}/start", new StartRun()).ShouldBeProblemAsync(403, "access.role");
        await eve.SendAsync(HttpMethod.Delete, $"/runs/{run.Id}", null).ShouldBeProblemAsync(403, "access.role");
        var stranger = tracking.NewProject();
        await stranger.Http.GetAsync($"{ada.Base}/runs/{run.Id}").ShouldBeProblemAsync(404, "project.unknown");
        await tracking.Host.Anonymous().GetAsync($"{ada.Base}/runs").ShouldBeProblemAsync(401, "identity.required");
        await ada.Http.GetAsync($"/internal/projects/{ada.Project}/usage").ShouldBeProblemAsync(403, "access.services-only");
    }

    [Theory]
    [InlineData("status=sleeping"), InlineData("status=1"), InlineData("status=running,"), InlineData("status=running,sleeping"), InlineData("parent=x"), InlineData("createdAfter=yesterday"), InlineData("createdBefore=12"), InlineData("tag="),
     InlineData("param==x"), InlineData("colour=red")]
    public async Task A_filter_that_is_out_of_form_is_refused(string query)
    {
        var ada = tracking.NewProject();
        var problem = await ada.Http.GetAsync($"{ada.Base}/runs?{query}").ShouldBeProblemAsync(400, "filter.invalid");
        problem.Errors.ShouldNotBeNull().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("limit=0", "limit.invalid"), InlineData("limit=1001", "limit.invalid"), InlineData("limit=ten", "limit.invalid"), InlineData("cursor=AAAA", "cursor.invalid"),
     InlineData("cursor=eyJhIjoxfQ", "cursor.invalid")]
    public async Task A_page_that_is_out_of_form_is_refused(string query, string code)
    {
        var ada = tracking.NewProject();
        foreach (var list in (string[])["runs", "experiments"]) await ada.Http.GetAsync($"{ada.Base}/{list}?{query}").ShouldBeProblemAsync(400, code);
    }

    [Fact]
    public async Task A_name_in_the_query_that_is_not_read_is_refused_everywhere()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        foreach (var path in (string[])["runs", "experiments", $"runs/{run.Id}", $"runs/{run.Id}/history", $"runs/{run.Id}/metrics", $"runs/{run.Id}/logs"])
        {
            var problem = await ada.Http.GetAsync($"{ada.Base}/{path}?colour=red").ShouldBeProblemAsync(400, "filter.invalid");
            problem.Errors.ShouldNotBeNull().ShouldHaveSingleItem().Field.ShouldBe("colour");
        }

        await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/complete?attempt=2", null).ShouldBeProblemAsync(400, "filter.invalid");
        (await ada.GetAsync(run.Id)).Version.ShouldBe(run.Version);
    }

    [Fact]
    public async Task A_cursor_does_not_make_a_history_of_a_run_that_is_not_there()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var first = await ada.GetAsync<Page<HistoryEntry>>($"/runs/{run.Id}/history?limit=1");
        await ada.Http.GetAsync($"{ada.Base}/runs/{Guid.CreateVersion7()}/history?cursor={first.Next}").ShouldBeProblemAsync(404, "run.unknown");
        foreach (var version in (string[])["9223372036854775807", "9223372036854775000", "2147483647", "-9223372036854775808"])
        {
            var cursor = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"version":{{version}}}""")).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            (await ada.GetAsync<Page<HistoryEntry>>($"/runs/{run.Id}/history?cursor={cursor}")).Items.ShouldBeEmpty();
            await ada.Http.GetAsync($"{ada.Base}/runs/{Guid.CreateVersion7()}/history?cursor={cursor}").ShouldBeProblemAsync(404, "run.unknown");
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        var ada = tracking.NewProject();
        var huge = new StringContent($$"""{"name":"{{new string('x', 5 << 20)}}"}""", Encoding.UTF8, "application/json");
        await ada.SendAsync(HttpMethod.Post, "/runs", huge).ShouldBeProblemAsync(413, "body.too-large");
        await ada.SendAsync(HttpMethod.Post, "/runs", new StringContent("name=x", Encoding.UTF8, "application/x-www-form-urlencoded")).ShouldBeProblemAsync(415, "body.media-type");
    }

    [Fact]
    public async Task Text_that_looks_like_sql_is_text()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync(new CreateRun("x'; drop table run; --", "wine", null, null, new() { ["a b"] = "' or 1=1 --" }));
        (await ada.GetAsync<Page<RunInfo>>($"/runs?param={Uri.EscapeDataString("a b=' or 1=1 --")}")).Items.ShouldHaveSingleItem().Id.ShouldBe(run.Id);
        (await ada.GetAsync<Page<RunInfo>>($"/runs?name={Uri.EscapeDataString("x'; drop table run; --")}")).Items.ShouldHaveSingleItem().Id.ShouldBe(run.Id);
        (await ada.GetAsync<Page<RunInfo>>($"/runs?name={Uri.EscapeDataString("' or 1=1 --")}")).Items.ShouldBeEmpty();
        (await ada.GetAsync<Page<RunInfo>>($"/runs?name={Uri.EscapeDataString("x_% drop*")}")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Text_that_cannot_be_stored_is_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.PostAsync("/runs", new CreateRun("a\0b")).ShouldBeProblemAsync(400, "text.null-character");
        await ada.PostAsync($"/runs/{run.Id}/params", new LogParams(new() { ["a"] = "\0" })).ShouldBeProblemAsync(400, "body.invalid");
        await ada.PostAsync($"/runs/{run.Id}/fail", new FailRun("\0")).ShouldBeProblemAsync(400, "body.invalid");
        await ada.Http.GetAsync($"{ada.Base}/runs?name=%00").ShouldBeProblemAsync(400, "text.null-character");
        await ada.Http.GetAsync($"{ada.Base}/runs?tag=a=%00").ShouldBeProblemAsync(400, "text.null-character");
        var surrogate = new StringContent("""{"name":"\ud800"}""", Encoding.UTF8, "application/json");
        await ada.SendAsync(HttpMethod.Post, "/runs", surrogate).ShouldBeProblemAsync(400, "body.malformed");
        var latin = new ByteArrayContent([.. "{\"name\":\""u8, 0xE9, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        await ada.SendAsync(HttpMethod.Post, "/runs", latin).ShouldBeProblemAsync(400, "body.malformed");
        (await ada.GetAsync(run.Id)).Version.ShouldBe(run.Version);
    }

    [Fact]
    public async Task A_version_that_is_not_current_is_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        var get = await ada.Http.GetAsync($"{ada.Base}/runs/{run.Id}");
        get.Headers.ETag!.Tag.ShouldBe("\"1\"");
        await ReadAsync<RunInfo>(await ada.PostAsync($"/runs/{run.Id}/start", new StartRun(), ("If-Match", "\"1\"")));
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun(), ("If-Match", "\"1\"")).ShouldBeProblemAsync(412, "version.mismatch");
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun(), ("If-Match", "1")).ShouldBeProblemAsync(400, "if-match.invalid");
        (await ada.GetAsync(run.Id)).Status.ShouldBe(RunStatus.Running);
    }

    [Fact]
    public async Task Commands_without_a_body_mean_the_defaults()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        (await ReadAsync<RunInfo>(await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/start", null))).Attempt.ShouldBe(1);
        (await ReadAsync<RunInfo>(await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/abort", null))).Status.ShouldBe(RunStatus.Aborting);
        (await ReadAsync<RunInfo>(await ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/aborted", null))).Status.ShouldBe(RunStatus.Aborted);
    }

    [Fact]
    public async Task Two_writers_at_once_both_get_an_answer_and_one_of_them_wins()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i % 2 == 0
            ? ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun())
            : ada.PostAsync($"/runs/{run.Id}/fail", new FailRun("boom"))));
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK || a.StatusCode == HttpStatusCode.Conflict);
        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBe(4);
        (await ada.GetAsync(run.Id)).Version.ShouldBe(3);
        await Eventually.Holds(() => ada.Published(run.Id).Count.ShouldBe(3));
    }

    [Fact]
    public async Task Params_that_many_log_at_once_are_all_kept()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ada.PostAsync($"/runs/{run.Id}/params", new LogParams(new() { [$"p{i}"] = $"{i}" }))));
        var kept = (await ada.GetAsync(run.Id)).Params;
        foreach (var (answer, i) in answers.Select((a, i) => (a, i)))
        {
            // Whoever loses the race too often is told so and has changed nothing.
            if (answer.StatusCode == HttpStatusCode.OK) kept.Keys.ShouldContain($"p{i}");
            else answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        }
    }
}
