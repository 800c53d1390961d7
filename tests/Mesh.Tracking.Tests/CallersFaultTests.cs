using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Tracking.Tests;

/// <summary>Whatever comes into a route that does not belong there is the caller's fault: refused, without effect, and no error in the log.</summary>
public sealed class CallersFaultTests(TrackingFixture tracking)
{
    private const string Id = "0195b2a0-0000-7000-8000-0000000000aa";

    /// <summary>Every route with a JSON body: a body in form, the limit of its size, and bodies that are out of range.</summary>
    public static TheoryData<string, string, int, string[]> Routes => new()
    {
        {
            "/runs", $$"""{"name":"x","experiment":"e","kind":"script","parent":"{{Id}}","params":{"a":"1"},"tags":{"b":"2"},"id":"{{Id}}"}""", 4 << 20,
            ["""{"name":""}""", """{"name":"x","kind":"a,b"}""", """{"name":"x","tags":{"..":"1"}}""", $$"""{"name":"x","parent":"{{Id}}"}"""]
        },
        { "/runs/{run}/start", """{"attempt":1,"worker":"w"}""", 1 << 20, ["""{"attempt":0}""", """{"attempt":1001}""", """{"attempt":99999999999}"""] },
        { "/runs/{run}/complete", """{"attempt":1}""", 1 << 20, ["""{"attempt":2}""", """{"attempt":1.5}"""] },
        { "/runs/{run}/fail", """{"cause":"x","attempt":1}""", 1 << 20, ["""{"cause":""}""", """{"cause":"\u0000"}""", "{}", "null"] },
        { "/runs/{run}/abort", """{"reason":"x","attempt":1}""", 1 << 20, ["""{"attempt":2}"""] },
        { "/runs/{run}/aborted", """{"reason":"x","attempt":1}""", 1 << 20, ["{}"] },
        { "/runs/{run}/params", """{"params":{"a":"1"},"attempt":1}""", 4 << 20, ["""{"params":{"a":null}}""", """{"params":{"/":"1"}}""", "{}", "null"] },
        { "/runs/{run}/tags", """{"tags":{"a":"1"}}""", 1 << 20, ["""{"tags":{"a":null}}""", "{}", "null"] },
        {
            "/runs/{run}/metrics",
            $$"""{"points":[{"name":"x","value":1,"step":0,"time":"2026-01-01T00:00:00Z"}],"attempt":1,"batchId":"{{Id}}"}""", 8 << 20,
            ["""{"points":[{"name":"x","value":1,"step":9223372036854775808}]}""", """{"points":[{"name":"x","value":"big"}]}""", """{"points":[null]}""", """{"points":[],"attempt":2}""", "{}"]
        },
    };

    [Theory, MemberData(nameof(Routes))]
    public async Task A_body_that_does_not_belong_is_refused(string route, string good, int limit, string[] outOfRange)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var path = ada.Base + route.Replace("{run}", run.Id.ToString(), StringComparison.Ordinal);
        foreach (var body in BadBodies.Of(good, infinite: ["value"]).Concat(outOfRange))
        {
            // Where a body may be left out, an empty one is none.
            if (body.Length == 0 && !route.EndsWith("runs", StringComparison.Ordinal)) continue;
            await ada.Http.ShouldBeRefusedAsync(HttpMethod.Post, path, body);
            await ada.Http.ShouldBeRefusedAsync(HttpMethod.Post, path, body, "key-1");
        }

        await ada.Http.ShouldBeRefusedAsync(HttpMethod.Post, path, new string(' ', limit) + good, status: 413);
        await ada.Http.ShouldBeRefusedAsync(HttpMethod.Post, path.Replace(ada.Project, "no-such-project", StringComparison.Ordinal), good, status: 404);
        (await ada.GetAsync<Page<RunInfo>>("/runs")).Items.ShouldHaveSingleItem().Version.ShouldBe(run.Version);
        (await ada.GetAsync(run.Id)).Metrics.ShouldBeEmpty();
        tracking.Host.Logs.ErrorsAbout(ada.Project).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/runs", "limit=0", "limit=1001", "limit=1e999", "limit=-1", "cursor=%00", "cursor=AAAA", "cursor=%ED%A0%80", "status=running,owner", "status=1", "status=",
        "parent=x", "createdAfter=1e999", "tag==", "name=%00", "colour=red")]
    [InlineData("/experiments", "limit=0", "cursor=%00", "cursor=AAAA", "colour=red")]
    [InlineData("/runs/{run}", "asOf=0", "asOf=1e999", "asOf=9223372036854775807", "asOf=running,failed", "colour=red")]
    [InlineData("/runs/{run}/history", "limit=0", "cursor=AAAA", "colour=red")]
    [InlineData("/runs/{run}/metrics", "colour=red", "limit=1")]
    [InlineData("/runs/{run}/metrics/x", "limit=0", "cursor=AAAA", "colour=red")]
    [InlineData("/runs/{run}/metrics/x", "points=3", "points=4001", "points=-4", "points=many", "points=10&x=value", "x=1")]
    [InlineData("/metrics", "run=", "run=x", "name=x", "run={run}&points=0", "run={run}&x=value", "run={run}&name=..", "run={run}&name=%00", "run={run}&colour=red")]
    [InlineData("/runs/{run}/logs", "offset=-1", "offset=1e999", "limit=0", "limit=99999999", "follow=yes", "colour=red")]
    public async Task A_query_that_does_not_belong_is_refused(string route, params string[] queries)
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.LogAsync(run.Id, new MetricPoint("x", 1));
        foreach (var query in queries)
        {
            var path = $"{ada.Base}{route.Replace("{run}", run.Id.ToString(), StringComparison.Ordinal)}?{query.Replace("{run}", run.Id.ToString(), StringComparison.Ordinal)}";
            using var answer = await ada.Http.GetAsync(path);
            await answer.ShouldBeCallersFaultAsync(path, 400);
        }

        tracking.Host.Logs.ErrorsAbout(ada.Project).ShouldBeEmpty();
    }
}
