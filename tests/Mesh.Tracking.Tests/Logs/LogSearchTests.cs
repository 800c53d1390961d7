using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Tracking.Tests.Logs;

/// <summary>Where a text stands in a log.</summary>
public sealed class LogSearchTests(LongLogs tracking) : IClassFixture<LongLogs>
{
    private readonly ProjectUser _ada = tracking.NewProject();

    [Fact]
    public async Task A_text_is_found_with_its_line_and_where_it_stands()
    {
        var run = await WriteAsync("epoch 1\nzwölf € loss 0.5 loss\r\n\nloss");
        (await FindAsync(run, "query=loss")).ShouldBe(
        [
            new LogMatch(2, 8, 19, "zwölf € loss 0.5 loss", 8, 12), new LogMatch(2, 8, 28, "zwölf € loss 0.5 loss", 17, 21), new LogMatch(4, 35, 35, "loss", 0, 4),
        ]);
        var at = (await FindAsync(run, "query=loss"))[0].Offset;
        (await _ada.GetAsync<LogChunk>($"/runs/{run}/logs?offset={at}")).Text.ShouldStartWith("loss 0.5");
        (await FindAsync(run, "query=LOSS")).ShouldBeEmpty();
        (await FindAsync(run, "query=LOSS&ignoreCase=true")).Count.ShouldBe(3);
        (await FindAsync(run, "query=lo.s")).ShouldBeEmpty();
        (await FindAsync(run, "query=W%C3%96&ignoreCase=true")).ShouldHaveSingleItem().Start.ShouldBe(1);
        (await FindAsync(await WriteAsync(""), "query=x")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_regular_expression_is_found_within_a_line()
    {
        var run = await WriteAsync("loss 0.5\nloss: 12 loss: 7\r\nno");
        (await FindAsync(run, $"query={Uri.EscapeDataString(@"loss:? \d+$")}&regex=true")).Select(m => (m.Line, m.Start, m.End)).ShouldBe([(2, 9, 16)]);
        (await FindAsync(run, $"query={Uri.EscapeDataString("^LOSS.*")}&regex=true&ignoreCase=true")).Select(m => (m.Line, m.Text)).ShouldBe([(1, "loss 0.5"), (2, "loss: 12 loss: 7")]);
        // Matches of nothing are none.
        (await FindAsync(run, $"query={Uri.EscapeDataString("x*$")}&regex=true")).ShouldBeEmpty();
        (await FindAsync(await WriteAsync("a😀b😀"), "query=.&regex=true")).Select(m => (m.Start, m.End)).ShouldBe([(0, 1), (1, 3), (3, 4), (4, 6)]);
    }

    [Fact]
    public async Task Escape_sequences_are_passed_over_and_kept()
    {
        const string Text = "\e[1;31mER\e[0mROR\e]8;;http://x\e\\ link\e]8;;\a \e(Bend\e[";
        var run = await WriteAsync($"one\n{Text}\n");
        var found = (await FindAsync(run, "query=ERROR")).ShouldHaveSingleItem();
        (found.Line, found.Text, found.Offset).ShouldBe((2, Text, 4 + Text.IndexOf("ER", StringComparison.Ordinal)));
        found.Text[found.Start..found.End].ShouldBe("ER\e[0mROR");
        (await FindAsync(run, "query=ERROR+link+end")).ShouldHaveSingleItem();
        (await FindAsync(run, "query=31m")).ShouldBeEmpty();
        (await FindAsync(run, "query=http")).ShouldBeEmpty();
        (await FindAsync(run, $"query={Uri.EscapeDataString("^ERROR link end")}&regex=true")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Chunks_may_end_anywhere()
    {
        // A match, and a character of it that a block of the search cuts in two.
        var filler = new string('.', 99) + "\n";
        var before = string.Concat(Enumerable.Repeat(filler, (1 << 20) / 100));
        var run = await WriteAsync(before + new string('-', (1 << 20) - before.Length - 5), "ne€", "€dle and ne€€dle\n", "ne", "edle");
        var found = await FindAsync(run, $"query={Uri.EscapeDataString("ne€€dle")}");
        found.Count.ShouldBe(2);
        (found[0].Line, found[0].Offset).ShouldBe(((1 << 20) / 100 + 1, (1 << 20) - 5));
        (await FindAsync(run, "query=needle")).ShouldHaveSingleItem().Line.ShouldBe(((1 << 20) / 100) + 2);
        (await FindAsync(run, "query=..........&limit=1000")).Count.ShouldBe((1 << 20) / 100 * 9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Pages_follow_each_other_within_a_line_too(int limit)
    {
        var run = await WriteAsync("a\e[0ma a\n", "b\n", "aa\n");
        var pages = await PagesAsync(run, $"query=a&limit={limit}");
        pages.SelectMany(page => page.Items).Select(m => (m.Line, m.Offset)).ShouldBe([(1, 0), (1, 5), (1, 7), (3, 11), (3, 12)]);
        pages.ShouldAllBe(page => page.Items.Count <= limit);
        pages.Count.ShouldBe((5 + limit - 1) / limit);
    }

    [Theory]
    [InlineData("needle", "query=needle")]
    [InlineData("ne€dle", "query=ne.dle&regex=true")]
    [InlineData("ne\e[1mdle", "query=nedle")]
    public async Task A_huge_line_is_searched_whole_and_shown_around_the_match(string needle, string query)
    {
        // Needles stand at all places of the borders between pieces.
        var text = new StringBuilder("first\n");
        var places = new List<long>();
        for (var i = 0; i < 40; i++)
        {
            text.Append('€', (64 << 10) / 3 + i);
            places.Add(Encoding.UTF8.GetByteCount(text.ToString()));
            text.Append(needle);
        }

        text.Append('€', 10_000).Append("\nlast needle nedle ne€dle");
        var run = await WriteAsync([.. Cut(text.ToString(), 300_000)]);
        var found = (await PagesAsync(run, $"{query}&limit=7")).SelectMany(page => page.Items).ToList();
        found.Where(m => m.Line == 2).Select(m => m.Offset).ShouldBe(places);
        found[^1].Line.ShouldBe(3);
        foreach (var match in found.Where(m => m.Line == 2))
        {
            Encoding.UTF8.GetByteCount(match.Text).ShouldBeInRange(1_000, 2_048);
            (match.Text[match.Start..match.End], match.Cut, match.LineOffset).ShouldBe((needle, true, 6));
            match.Text.ShouldNotContain('\uFFFD');
        }

        found[^1].Cut.ShouldBeFalse();
    }

    [Fact]
    public async Task A_match_that_is_longer_than_what_is_shown_ends_with_it()
    {
        var run = await WriteAsync(new string('x', 100_000) + "\nx");
        var found = await FindAsync(run, $"query={Uri.EscapeDataString("x+")}&regex=true");
        found.Select(m => (m.Line, m.Offset, m.Start, m.End, m.Text.Length)).ShouldBe([(1, 0, 0, 2_048, 2_048), (2, 100_001, 0, 1, 1)]);
    }

    [Theory]
    [InlineData("", "query.invalid")]
    [InlineData("query=", "query.invalid")]
    [InlineData("query=a%0Ab", "query.invalid")]
    [InlineData("query=(&regex=true", "regex.invalid")]
    [InlineData("query=(a)%5C1&regex=true", "regex.unsupported")]
    [InlineData("query=(a%7B1000%7D)%7B1000%7D&regex=true", "regex.unsupported")]
    [InlineData("query=a&regex=perhaps", "request.malformed")]
    [InlineData("query=a&ignoreCase=1", "request.malformed")]
    [InlineData("query=a&limit=0", "limit.invalid")]
    [InlineData("query=a&cursor=none", "cursor.invalid")]
    [InlineData("query=a&cursor=eyJsaW5lIjowLCJsaW5lT2Zmc2V0IjowLCJhdCI6MH0", "cursor.invalid")]
    public async Task A_malformed_search_is_refused(string query, string code)
    {
        var run = await WriteAsync("a\n");
        await AskAsync(_ada, $"/runs/{run}/logs/search?{query}").ShouldBeProblemAsync(400, code);
    }

    [Fact]
    public async Task A_query_has_an_end_and_a_made_up_cursor_does_no_harm()
    {
        var run = await WriteAsync("€ a a\n");
        await AskAsync(_ada, $"/runs/{run}/logs/search?query={new string('a', 1_001)}").ShouldBeProblemAsync(400, "query.invalid");
        (await FindAsync(run, $"query={new string('a', 1_000)}")).ShouldBeEmpty();
        foreach (var (offset, at) in ((long, long)[])[(0, 1), (1, 2), (2, 7), (0, long.MaxValue), (long.MaxValue, long.MaxValue), (3, 400_000)])
        {
            var cursor = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"line":1,"lineOffset":{{offset}},"at":{{at}}}""")).TrimEnd('=');
            (await FindAsync(run, $"query=a&cursor={cursor}")).Count.ShouldBe(at < 4 ? 2 : 0);
        }
    }

    [Fact]
    public async Task An_expression_that_takes_too_long_is_refused()
    {
        var run = await WriteAsync(new string('a', 250_000));
        await AskAsync(_ada, $"/runs/{run}/logs/search?query={Uri.EscapeDataString("(.*){1,200}(.*)b")}&regex=true").ShouldBeProblemAsync(422, "regex.too-slow");
    }

    [Fact]
    public async Task A_run_that_is_unknown_deleted_or_of_another_project_is_not_searched()
    {
        var run = await WriteAsync("a\n");
        await AskAsync(_ada, $"/runs/{Guid.CreateVersion7()}/logs/search?query=a").ShouldBeProblemAsync(404, "run.unknown");
        await AskAsync(tracking.NewProject(), $"/runs/{run}/logs/search?query=a").ShouldBeProblemAsync(404, "run.unknown");
        await _ada.PostAsync($"/runs/{run}/complete", new CompleteRun());
        (await _ada.SendAsync(HttpMethod.Delete, $"/runs/{run}", null)).EnsureSuccessStatusCode();
        await AskAsync(_ada, $"/runs/{run}/logs/search?query=a").ShouldBeProblemAsync(404, "run.unknown");
    }

    private static Task<HttpResponseMessage> AskAsync(ProjectUser user, string path) => user.SendAsync(HttpMethod.Get, path, null);

    private async Task<Guid> WriteAsync(params string[] chunks)
    {
        var run = await _ada.StartedAsync();
        foreach (var chunk in chunks)
            (await _ada.SendAsync(HttpMethod.Post, $"/runs/{run.Id}/logs", new StringContent(chunk, Encoding.UTF8, "text/plain"))).EnsureSuccessStatusCode();
        return run.Id;
    }

    private async Task<List<LogMatch>> FindAsync(Guid run, string query) => [.. (await PagesAsync(run, query)).SelectMany(page => page.Items)];

    private async Task<List<Page<LogMatch>>> PagesAsync(Guid run, string query)
    {
        var pages = new List<Page<LogMatch>>();
        string? cursor = null;
        do
        {
            var page = await _ada.GetAsync<Page<LogMatch>>($"/runs/{run}/logs/search?{query}{(cursor is null ? "" : $"&cursor={cursor}")}");
            pages.Add(page);
            cursor = page.Next;
        }
        while (cursor is not null);
        return pages;
    }

    // By characters, so that each chunk is whole.
    private static IEnumerable<string> Cut(string text, int length)
    {
        for (var at = 0; at < text.Length; at += length) yield return text[at..Math.Min(text.Length, at + length)];
    }
}

/// <summary>A tracking service that keeps as much of a log as it does by itself.</summary>
public sealed class LongLogs : IAsyncLifetime
{
    private ServiceHost? _host;

    public async ValueTask InitializeAsync() => _host = await ServiceHost.StartAsync(await PostgresFixture.ServerConnectionStringAsync(), [new TrackingService()]);

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_host.Options.Postgres, _host.Options.Database!);
    }

    public ProjectUser NewProject()
    {
        var project = $"p-{Guid.CreateVersion7():N}";
        return new ProjectUser(_host!, project, _host!.ClientFor("ada", Role.Editor, project));
    }
}
