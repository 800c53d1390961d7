using Mesh.Hub.Training;

namespace Mesh.Hub.Tests.Training;

public sealed class PromotionTests
{
    private static readonly Metric Accuracy = Metric.Of("accuracy", LearningTask.Binary);
    private static readonly Metric LogLoss = Metric.Of("log-loss", LearningTask.Binary);

    [Fact]
    public void A_better_version_is_promoted() => Decide(Accuracy, 0.97, 0.95, 0).ShouldBe(new Promotion(true, "accuracy 0.97 on the held-back rows beats 0.95 of m@1."));

    [Fact]
    public void An_equal_one_is_not() => Decide(Accuracy, 0.95, 0.95, 0).ShouldBe(new Promotion(false, "accuracy 0.95 on the held-back rows does not beat 0.95 of m@1."));

    [Fact]
    public void The_margin_must_be_passed() =>
        Decide(Accuracy, 0.955, 0.95, 0.01).ShouldBe(new Promotion(false, "accuracy 0.955 on the held-back rows does not beat 0.95 of m@1 by more than 0.01."));

    [Fact]
    public void Less_loss_is_better()
    {
        Decide(LogLoss, 0.1, 0.2, 0).Promote.ShouldBeTrue();
        Decide(LogLoss, 0.2, 0.1, 0).Promote.ShouldBeFalse();
    }

    [Fact]
    public void What_was_not_measured_does_not_win()
    {
        Decide(Accuracy, double.NaN, 0.5, 0).Promote.ShouldBeFalse();
        Decide(Accuracy, 0.9, null, 0).Promote.ShouldBeFalse();
    }

    private static Promotion Decide(Metric metric, double challenger, double? champion, double margin) => Promotion.Decide(metric, challenger, champion, margin, "m@1");
}
