using Mesh.Monitoring.Requests;

namespace Mesh.Monitoring.Tests.Requests;

public sealed class TrafficSpanTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 34, 56, 789, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 500)]
    [InlineData(3600, 120)]
    [InlineData(3600, 60)]
    [InlineData(86_400, 500)]
    [InlineData(7_776_000, 2)]
    [InlineData(7_776_000, 499)]
    public void It_covers_the_time_with_no_more_points_than_asked_for(int seconds, int most)
    {
        var span = TrafficSpan.Of(T0, T0.AddSeconds(seconds), most);
        span.From.ShouldBeLessThanOrEqualTo(T0);
        span.To.ShouldBeGreaterThanOrEqualTo(T0.AddSeconds(seconds));
        span.Points.ShouldBeInRange(1, most);
        (span.Seconds % 10).ShouldBe(0);
        (span.From.ToUnixTimeSeconds() % span.Seconds).ShouldBe(0);
    }

    [Fact]
    public void A_moment_later_its_points_are_the_same() =>
        TrafficSpan.Of(T0, T0.AddHours(1), 120).From.ShouldBe(TrafficSpan.Of(T0.AddSeconds(3), T0.AddHours(1).AddSeconds(3), 120).From);
}
