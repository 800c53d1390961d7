using Mesh.Monitoring.Journal;

namespace Mesh.Monitoring.Tests.Journal;

public sealed class JournalTailTests
{
    private static readonly JournalFilter All = new(null, null, null);
    private readonly JournalTail _tail = new();

    [Fact]
    public void A_reader_who_has_caught_up_has_nothing_to_read()
    {
        _tail.Jump(7);
        _tail.Read(7, All, 10)!.Value.Lines.ShouldBeEmpty();
        _tail.Read(9, All, 10)!.Value.Reached.ShouldBe(9);
    }

    [Fact]
    public void A_reader_from_before_the_tail_must_read_the_table()
    {
        _tail.Jump(7);
        _tail.Append([Line(8), Line(9)]);
        _tail.Read(6, All, 10).ShouldBeNull();
        _tail.Read(7, All, 10)!.Value.Lines.Select(line => line.Position).ShouldBe([8L, 9L]);
    }

    [Fact]
    public void A_page_ends_at_its_limit_and_a_filter_reaches_to_the_end()
    {
        _tail.Append([.. Enumerable.Range(1, 10).Select(i => Line(i, i % 2 == 0 ? "run.created" : "run.started"))]);
        var (lines, reached) = _tail.Read(0, All, 4)!.Value;
        lines.Count.ShouldBe(4);
        reached.ShouldBe(4);
        (lines, reached) = _tail.Read(0, new JournalFilter(["run.created"], "demo", null), 100)!.Value;
        lines.Count.ShouldBe(5);
        reached.ShouldBe(10);
    }

    [Fact]
    public void It_keeps_the_newest_lines_only()
    {
        _tail.Append([.. Enumerable.Range(1, 3000).Select(i => Line(i))]);
        _tail.Read(0, All, 10).ShouldBeNull();
        _tail.Read(2999 - 1000, All, 5000)!.Value.Lines.Count.ShouldBe(1001);
        _tail.Last.ShouldBe(3000);
    }

    [Fact]
    public void It_keeps_few_lines_when_they_are_large()
    {
        _tail.Append([.. Enumerable.Range(1, 10).Select(i => Line(i, bytes: 1 << 20))]);
        _tail.Read(0, All, 10).ShouldBeNull();
        _tail.Read(6, All, 10)!.Value.Lines.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_waiting_reader_is_woken()
    {
        var waiting = _tail.WaitAsync(0, TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        waiting.IsCompleted.ShouldBeFalse();
        _tail.Append([Line(1)]);
        (await waiting).ShouldBeTrue();
        (await _tail.WaitAsync(0, TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None)).ShouldBeTrue();
        (await _tail.WaitAsync(1, TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None)).ShouldBeFalse();
    }

    private static JournalLine Line(int position, string type = "run.created", int bytes = 10) => new(position, "demo", type, "r", new byte[bytes]);
}
