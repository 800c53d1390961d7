using System.Globalization;
using System.Text.Json;
using Mesh.Cli.Tests.Tracking;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Tests.Monitoring;

/// <summary>What an endpoint was asked: as a table, for scripts, and as it comes.</summary>
public sealed class TrafficCommandTests
{
    private const string Marks = """
        retry: 1000

        event: traffic
        data: {"at":"2026-11-26T12:00:00Z"}

        event: monitor
        data: {"at":"2026-11-26T12:00:00Z"}


        """;

    private static readonly DateTimeOffset Noon = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    private static EndpointTraffic Traffic => new(
        Noon.AddMinutes(-10), Noon, 300, new TrafficPoint(Noon.AddMinutes(-10), 206, 301, 3, 2, 0.3456, 20.4, 1234),
        [new TrafficPoint(Noon.AddMinutes(-10), 206, 301, 3, 2, 0.3456, 20.4, 1234), new TrafficPoint(Noon.AddMinutes(-5), 0, 0, 0, 0, null, null, null)]);

    [Fact]
    public async Task Traffic_is_a_table_with_units()
    {
        await using var mesh = (await StubMesh.StartAsync())
            .On("GET monitors/churn/traffic?*", Traffic)
            .On("GET monitors/churn/traffic?from=2026-11-26T11:50:00.0000000Z&to=2026-11-26T12:00:00.0000000Z&points=2", Traffic)
            .On("GET monitors/quiet/traffic?*", Traffic with { Total = Traffic.Points[1], Points = [Traffic.Points[1]] });
        await Golden.PrintsAsync(mesh, "endpoints-traffic", 0, "endpoints", "traffic", "churn");
        AskedFor(mesh).ShouldBe((TimeSpan.FromHours(1), 300));
        await Golden.PrintsAsync(mesh, "endpoints-traffic-none", 0, "endpoints", "traffic", "quiet");
        var (code, output, error) = await mesh.RunAsync("endpoints", "traffic", "churn", "--from", "2026-11-26T11:50:00Z", "--to", "2026-11-26T12:00:00Z", "-n", "2", "--json");
        code.ShouldBe(0, error);
        JsonSerializer.Deserialize<EndpointTraffic>(output, MeshJson.Tolerant)!.Points.ShouldBe(Traffic.Points);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Each_changed_stretch_is_a_line_until_somebody_interrupts(bool json)
    {
        await using var mesh = await StubMesh.StartAsync();
        mesh.On("GET monitors/churn/traffic?*", Traffic).OnOpen("GET monitors/churn/stream", Marks + Marks, "text/event-stream");
        var (code, output, error) = await mesh.InterruptedAsync("206", ["endpoints", "traffic", "churn", "--follow", .. json ? ["--json"] : Array.Empty<string>()]);
        (code, error).ShouldBe((0, ""));
        var line = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();
        if (json) JsonSerializer.Deserialize<TrafficPoint>(line, MeshJson.Tolerant).ShouldBe(Traffic.Points[0]);
        else line.ShouldBe("2026-11-26 11:50:00  206 requests  301 rows  3 refused  2 failed  p50 0.35 ms  p95 20 ms  p99 1,234 ms");
        AskedFor(mesh).ShouldBe((TimeSpan.FromMinutes(2), 10));
    }

    [Fact]
    public async Task What_cannot_be_followed_is_said()
    {
        await using var mesh = await StubMesh.StartAsync();
        (await mesh.RunAsync("endpoints", "traffic", "churn", "-f", "--to", "2026-11-26T12:00:00Z")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(2), r => r.Error.ShouldContain("--to"));
        (await mesh.RunAsync("endpoints", "traffic", "churn", "-f", "-n", "1")).ShouldSatisfyAllConditions(r => r.Code.ShouldBe(2), r => r.Error.ShouldContain("2 to 500"));
        (await mesh.RunAsync("endpoints", "traffic", "churn", "-f")).Code.ShouldBe(1);
        (await mesh.RunAsync("endpoints", "traffic", "churn")).Code.ShouldBe(1);
    }

    // The time that was asked for, and of what length its stretches are, which begin at multiples of it.
    private static (TimeSpan Time, int Seconds) AskedFor(StubMesh mesh)
    {
        var query = System.Web.HttpUtility.ParseQueryString(mesh.Requests.Last(request => request.Request.Contains("/traffic?", StringComparison.Ordinal)).Request.Split('?')[1]);
        var (from, to) = (DateTimeOffset.Parse(query["from"]!, CultureInfo.InvariantCulture), DateTimeOffset.Parse(query["to"]!, CultureInfo.InvariantCulture));
        var seconds = (int)(to - from).TotalSeconds / int.Parse(query["points"]!, CultureInfo.InvariantCulture);
        (to.ToUnixTimeMilliseconds() % (1000 * seconds)).ShouldBe(0);
        return (to - from, seconds);
    }
}
