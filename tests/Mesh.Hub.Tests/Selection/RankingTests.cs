using Mesh.Hub.Selection;

namespace Mesh.Hub.Tests.Selection;

public sealed class RankingTests
{
    [Fact]
    public void Filters_vote_for_their_best_and_the_mean_place_decides_among_equals()
    {
        var ranking = Ranking.Of(["a", "b", "c", "d"], [("x", [3, 2, 1, null]), ("y", [1, 3, 2, 0])], k: 2, minVotes: 1);
        ranking.Features.Select(f => (f.Name, f.Votes, f.MeanRank, f.IsSelected)).ShouldBe([("b", 2, 1.5, true), ("a", 1, 2, false), ("c", 1, 2.5, false), ("d", 0, 4, false)]);
        ranking.ToCsv().ShouldBe("""
            feature,rank,votes,selected,mean-rank,x,y
            b,1,2,true,1.5,2,3
            a,2,1,false,2,3,1
            c,3,1,false,2.5,1,2
            d,4,0,false,4,,0

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Nobody_votes_for_what_is_worth_nothing_though_there_is_room() =>
        Ranking.Of(["a", "b"], [("x", [0.1, 0]), ("y", [-0.1, null])], k: 2, minVotes: 0.5).Features.Select(f => (f.Name, f.Votes, f.IsSelected)).ShouldBe([("a", 1, true), ("b", 0, false)]);

    [Fact]
    public void Equal_scores_share_their_places()
    {
        var ranking = Ranking.Of(["a", "b", "c"], [("x", [5, 5, 1])], k: 1, minVotes: 1);
        ranking.Features.Select(f => f.MeanRank).ShouldBe([1.5, 1.5, 3]);
        ranking.Features.ShouldAllBe(f => f.Votes == 0);
    }
}
