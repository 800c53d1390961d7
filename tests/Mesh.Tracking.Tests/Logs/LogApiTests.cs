using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using static Mesh.Tracking.Tests.ProjectUser;

namespace Mesh.Tracking.Tests.Logs;

public sealed class LogApiTests(TrackingFixture tracking)
{
    [Fact]
    public async Task Text_is_appended_and_read_by_ranges()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        (await AppendAsync(ada, run.Id, "one\n")).ShouldBe(new LogPosition(4, false));
        (await AppendAsync(ada, run.Id, "zwölf €\n", 4)).ShouldBe(new LogPosition(15, false));
        (await ReadAsync(ada, run.Id)).ShouldBe(new LogChunk(0, 15, "one\nzwölf €\n", false));
        (await ReadAsync(ada, run.Id, "?offset=4&limit=4")).ShouldBe(new LogChunk(4, 8, "zwö", false));
        // Inside a character: the next one begins the answer.
        (await ReadAsync(ada, run.Id, "?offset=7&limit=5")).ShouldBe(new LogChunk(8, 11, "lf ", false));
        (await ReadAsync(ada, run.Id, "?offset=15")).ShouldBe(new LogChunk(15, 15, "", false));
        (await ReadAsync(ada, run.Id, $"?offset={long.MaxValue}")).ShouldBe(new LogChunk(15, 15, "", false));
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        (await ReadAsync(ada, run.Id)).Complete.ShouldBeTrue();
        (await ReadAsync(ada, run.Id, "?limit=4")).Complete.ShouldBeFalse();
    }

    [Fact]
    public async Task A_run_without_text_has_an_empty_log()
    {
        var ada = tracking.NewProject();
        var run = await ada.CreateAsync();
        (await ReadAsync(ada, run.Id)).ShouldBe(new LogChunk(0, 0, "", false));
        (await AppendAsync(ada, run.Id, "")).ShouldBe(new LogPosition(0, false));
    }

    [Fact]
    public async Task The_whole_text_comes_as_plain_text()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var text = new StringBuilder();
        for (var i = 0; i < 50; i++)
        {
            var line = $"Zeile {i} — ✓\n";
            text.Append(line);
            await AppendAsync(ada, run.Id, line);
        }

        var answer = await ada.SendAsync(HttpMethod.Get, $"/runs/{run.Id}/logs", null, ("Accept", "text/plain"));
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        (await answer.Content.ReadAsStringAsync()).ShouldBe(text.ToString());
    }

    [Fact]
    public async Task A_repeated_chunk_is_harmless_and_a_longer_one_adds_its_rest()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await AppendAsync(ada, run.Id, "one\n", 0);
        (await AppendAsync(ada, run.Id, "one\n", 0)).NextOffset.ShouldBe(4);
        (await AppendAsync(ada, run.Id, "one\ntwo\n", 0)).NextOffset.ShouldBe(8);
        (await AppendAsync(ada, run.Id, "two\n", 4)).NextOffset.ShouldBe(8);
        (await AppendAsync(ada, run.Id, "e\ntw", 2)).NextOffset.ShouldBe(8);
        (await ReadAsync(ada, run.Id)).Text.ShouldBe("one\ntwo\n");
        await PostAsync(ada, run.Id, "six\n", 4).ShouldBeProblemAsync(409, "log.offset-taken");
        var gap = await PostAsync(ada, run.Id, "four\n", 12).ShouldBeProblemAsync(409, "log.gap");
        gap.Detail!.ShouldContain("byte 8");
        (await ReadAsync(ada, run.Id)).Text.ShouldBe("one\ntwo\n");
    }

    [Fact]
    public async Task Two_writers_at_the_same_offset_do_not_mix()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PostAsync(ada, run.Id, $"writer {i}\n", 0)));
        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(a => a.StatusCode == HttpStatusCode.Conflict).ShouldBe(7);
        (await ReadAsync(ada, run.Id)).NextOffset.ShouldBe(9);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AppendAsync(ada, run.Id, $"line {i:00}\n")));
        var lines = (await ReadAsync(ada, run.Id)).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Skip(1).Order().ShouldBe(Enumerable.Range(0, 20).Select(i => $"line {i:00}"));
    }

    [Fact]
    public async Task A_lost_attempt_writes_no_more_but_the_holder_does_even_after_the_end()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        (await PostAsync(ada, run.Id, "first\n", null, 1)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await ada.PostAsync($"/runs/{run.Id}/start", new StartRun(2, "w2"));
        await PostAsync(ada, run.Id, "late\n", null, 1).ShouldBeProblemAsync(409, "run.lease-lost");
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun(2));
        (await PostAsync(ada, run.Id, "last words\n", null, 2)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ReadAsync(ada, run.Id)).Text.ShouldBe("first\nlast words\n");
    }

    [Fact]
    public async Task A_log_that_is_too_long_is_cut_with_a_mark()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var chunk = new string('é', 40_000);
        (await AppendAsync(ada, run.Id, chunk)).Cut.ShouldBeFalse();
        (await AppendAsync(ada, run.Id, "x" + chunk)).Cut.ShouldBeFalse();
        var cut = await AppendAsync(ada, run.Id, chunk);
        cut.Cut.ShouldBeTrue();
        (await AppendAsync(ada, run.Id, "more\n")).ShouldBe(cut);
        (await AppendAsync(ada, run.Id, "more\n", cut.NextOffset + 1_000_000)).ShouldBe(cut);
        var text = await (await ada.SendAsync(HttpMethod.Get, $"/runs/{run.Id}/logs", null, ("Accept", "text/plain"))).Content.ReadAsStringAsync();
        text.ShouldNotContain('\uFFFD');
        text.ShouldEndWith("[the log was cut here: it reached the limit of 200,000 bytes per run; later text is not kept]\n");
        Encoding.UTF8.GetByteCount(text[..text.IndexOf('\n')]).ShouldBe(TrackingFixture.LogLimit - 1);
    }

    [Fact]
    public async Task Malformed_requests_are_refused()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var path = $"/runs/{run.Id}/logs";
        await ada.SendAsync(HttpMethod.Post, path, new ByteArrayContent([0x41, 0xC3])).ShouldBeProblemAsync(400, "log.not-utf8");
        await ada.PostTextAsync(path, "x", ("Mesh-Log-Offset", "-1")).ShouldBeProblemAsync(400, "request.malformed");
        await ada.PostTextAsync(path, "x", ("Mesh-Attempt", "first")).ShouldBeProblemAsync(400, "request.malformed");
        await ada.PostTextAsync(path, new string('x', (1 << 20) + 1)).ShouldBeProblemAsync(413, "body.too-large");
        await ada.Http.GetAsync($"{ada.Base}{path}?offset=x").ShouldBeProblemAsync(400, "request.malformed");
        await ada.Http.GetAsync($"{ada.Base}{path}?limit=3").ShouldBeProblemAsync(400, "request.malformed");
        await ada.Http.GetAsync($"{ada.Base}{path}?follow=maybe").ShouldBeProblemAsync(400, "request.malformed");
        var other = tracking.NewProject();
        await other.Http.GetAsync($"{other.Base}{path}").ShouldBeProblemAsync(404, "run.unknown");
        await other.Http.GetAsync($"{other.Base}{path}?follow=true").ShouldBeProblemAsync(404, "run.unknown");
        await other.PostTextAsync(path, "x").ShouldBeProblemAsync(404, "run.unknown");
        await ada.As("eve", Role.Viewer).PostTextAsync(path, "x").ShouldBeProblemAsync(403, "access.role");
        (await ReadAsync(ada, run.Id)).NextOffset.ShouldBe(0);
    }

    [Fact]
    public async Task Control_characters_are_kept()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        const string Text = "\u001b[31mred\u001b[0m\0\r\n";
        await AppendAsync(ada, run.Id, Text);
        (await ReadAsync(ada, run.Id)).Text.ShouldBe(Text);
    }

    private static async Task<LogPosition> AppendAsync(ProjectUser user, Guid run, string text, long? offset = null) =>
        await ReadAsync<LogPosition>(await PostAsync(user, run, text, offset));

    private static Task<HttpResponseMessage> PostAsync(ProjectUser user, Guid run, string text, long? offset, int? attempt = null)
    {
        var headers = new List<(string, string)>();
        if (offset is { } at) headers.Add(("Mesh-Log-Offset", $"{at}"));
        if (attempt is { } number) headers.Add(("Mesh-Attempt", $"{number}"));
        var content = new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));
        return user.SendAsync(HttpMethod.Post, $"/runs/{run}/logs", content, [.. headers]);
    }

    private static Task<LogChunk> ReadAsync(ProjectUser user, Guid run, string query = "") => user.GetAsync<LogChunk>($"/runs/{run}/logs{query}");
}
