using System.Collections.Immutable;
using Mesh.Tracking.Experiments.Live;

namespace Mesh.Tracking.Tests.Experiments;

/// <summary>Positions in a table, against a model: the set of the transactions that are seen.</summary>
public sealed class TablePositionTests
{
    private const ulong Transactions = 40;

    [Fact]
    public void A_position_is_written_and_read_and_told_from_other_texts()
    {
        var random = new Random(1);
        for (var round = 0; round < 1_000; round++)
        {
            var position = Random(random) with { Within = round % 2 == 0 ? 0 : 7UL, Run = round % 2 == 0 ? default : Guid.NewGuid() };
            var read = TablePosition.Decode(position.Encode())!;
            (read.Snapshot, read.Within, read.Run).ShouldBe((position.Snapshot, position.Within, position.Run));
            TablePosition.Of(position.Snapshot).Snapshot.ShouldBe(position.Snapshot);
        }

        foreach (var text in (string[])["", "x", "AAAA", "%", "AA", "7", new string('A', 30_000), new TablePosition(5, [5]).Encode(), new TablePosition(5, [3, 2]).Encode(), new TablePosition(5, [0]).Encode()])
            TablePosition.Decode(text).ShouldBeNull(text);
        new TablePosition(10_000_000, [.. Enumerable.Range(1, 1_000).Select(i => 9_000_000UL + (ulong)(i * 7))]).Encode().Length.ShouldBeLessThan(1_500);
    }

    [Fact]
    public void What_a_position_covers_is_seen_there()
    {
        var random = new Random(2);
        var covered = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var (one, other) = (Random(random), Random(random, round % 2 == 0 ? 20UL : Transactions));
            var expected = one.Next >= other.Next && Seen(other).IsSubsetOf(Seen(one));
            one.Covers(other).ShouldBe(expected, $"{one.Snapshot} {other.Snapshot}");
            if (expected) covered++;
            one.Covers(other with { Within = 3, Run = Guid.NewGuid() }).ShouldBe(expected && one.Sees(3));
        }

        covered.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public void Reading_up_to_a_transaction_sees_all_before_it_and_what_was_seen()
    {
        var random = new Random(3);
        for (var round = 0; round < 20_000; round++)
        {
            var since = Random(random);
            // A later snapshot sees more.
            var later = new TablePosition(since.Next + (ulong)random.Next(10), []);
            later = later with { Unseen = [.. Range(later.Next).Where(id => !since.Sees(id) && random.Next(3) == 0)] };
            var news = Range(later.Next).Where(id => later.Sees(id) && !since.Sees(id)).ToList();
            if (news.Count == 0) continue;
            var last = news[random.Next(news.Count)];
            var run = Guid.NewGuid();
            var reached = since.UpTo(later, last, run);
            Seen(reached).ShouldBe(Seen(since).Union(news.Where(id => id < last)), ignoreOrder: true);
            (reached.Within, reached.Run).ShouldBe((last, run));
            reached.Unseen.ShouldBe([.. reached.Unseen.Order()]);
            reached.Unseen.ShouldAllBe(id => id < reached.Next);
            reached.Covers(since).ShouldBeTrue();
            later.Covers(reached).ShouldBeTrue();
        }
    }

    private static TablePosition Random(Random random, ulong most = Transactions)
    {
        var next = (ulong)random.NextInt64(1, (long)most);
        return new TablePosition(next, [.. Range(next).Where(_ => random.Next(5) == 0)]);
    }

    private static IEnumerable<ulong> Range(ulong next)
    {
        for (var id = 1UL; id < next; id++) yield return id;
    }

    private static ImmutableHashSet<ulong> Seen(TablePosition position) => [.. Range(Transactions * 2).Where(position.Sees)];
}
