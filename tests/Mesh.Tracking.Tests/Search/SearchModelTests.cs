using Mesh.Hosting.Search;
using Mesh.Hosting.Store;
using Mesh.Tracking.Search;

namespace Mesh.Tracking.Tests.Search;

/// <summary>
/// Random filters and orders over random runs with all that is awkward: NaN, infinities, what is missing, ties, quotes, wildcards, other alphabets. PostgreSQL must find
/// what a plain reading of the filter finds, in the order that a plain sort gives, on one page as on many.
/// </summary>
public sealed class SearchModelTests(TrackingFixture tracking)
{
    private const int Searches = 600;

    [Fact]
    public async Task Searches_find_what_a_plain_reading_finds()
    {
        var random = new Random(11);
        var project = $"p-{Guid.CreateVersion7():N}";
        var runs = Enumerable.Range(0, 60).Select(_ => ModelRun.Any(random)).ToList();
        await ModelRun.InsertAsync(tracking.Host.Service<ServiceDatabase<ITrackingStore>>().DataSource, project, runs);
        var search = tracking.Host.Service<RunSearch>();
        var found = 0;
        for (var i = 0; i < Searches; i++)
        {
            var query = new SearchQuery(i % 10 == 0 ? null : ModelSearch.AnyFilter(random, 0), ModelSearch.AnyOrder(random));
            long[] experiments = random.Next(2) == 0 ? [1] : [1, 2];
            var view = (LifecycleView)random.Next(3);
            var expected = ModelSearch.Find(runs, experiments, view, query);
            found += expected.Count;
            var context = $"search {i}: {query.Filter} by {string.Join(", ", query.Orders)}";
            (await PagesAsync(search, project, experiments, view, query, 1000)).ShouldBe(expected, context);
            if (i % 3 == 0) (await PagesAsync(search, project, experiments, view, query, random.Next(1, 8))).ShouldBe(expected, $"{context}, in pages");
        }

        found.ShouldBeGreaterThan(Searches);
    }

    private static async Task<IReadOnlyList<string>> PagesAsync(RunSearch search, string project, long[] experiments, LifecycleView view, SearchQuery query, int limit)
    {
        var ids = new List<string>();
        string? next = null;
        do
        {
            var after = next is null ? null : PageToken.Decode(next, "q").ShouldNotBeNull();
            (var page, next) = await search.FindAsync(project, experiments, view, query, "q", limit, after, TestContext.Current.CancellationToken);
            page.Count.ShouldBeInRange(next is null ? 0 : 1, limit);
            ids.AddRange(page.Select(run => run.Id));
        }
        while (next is not null);
        return ids;
    }
}
