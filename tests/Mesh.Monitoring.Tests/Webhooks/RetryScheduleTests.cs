using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring.Tests.Webhooks;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 30)]
    [InlineData(10, 43_200)]
    public void An_attempt_is_followed_by_another_later_each_time(int attempts, double seconds)
    {
        After(attempts, 0.5).ShouldBe(TimeSpan.FromSeconds(seconds));
        After(attempts, 0).ShouldBe(TimeSpan.FromSeconds(seconds * 0.8));
        After(attempts, 1).ShouldBe(TimeSpan.FromSeconds(seconds * 1.2));
    }

    [Fact]
    public void The_eleventh_is_the_last() => After(11, 0.5).ShouldBeNull();

    [Fact]
    public void What_a_receiver_misses_that_is_away_is_not_given_up_before_its_webhook_is_paused() =>
        TimeSpan.FromSeconds(RetrySchedule.Default.Sum() * 0.8).TotalHours.ShouldBeGreaterThan(22);

    private static TimeSpan? After(int attempts, double chance) => RetrySchedule.After(attempts, RetrySchedule.Default, chance);
}
