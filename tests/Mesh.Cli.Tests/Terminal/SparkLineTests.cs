using Mesh.Cli.Terminal;

namespace Mesh.Cli.Tests.Terminal;

public sealed class SparkLineTests
{
    public static TheoryData<double[], string> Lines => new()
    {
        { [], "" },
        { [1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█" },
        { [8, 1], "█▁" },
        { [5, 5, 5], "▄▄▄" },
        { [1, double.NaN, 2], "▁ █" },
        { [double.NegativeInfinity, 1, 2, double.PositiveInfinity], "▁▁██" },
        { [double.NaN, double.NaN], "  " },
        { [double.MinValue, 0, double.MaxValue], "▁▅█" },
    };

    [Fact]
    public void From_zero_equal_numbers_are_equally_high_and_none_is_a_foot()
    {
        SparkLine.FromZero([38, 39, 39], 40).ShouldBe("███");
        SparkLine.FromZero([0, 10, 20, 40], 40).ShouldBe("▁▃▅█");
        SparkLine.FromZero([0, 0], 0).ShouldBe("▁▁");
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Numbers_become_blocks(double[] values, string line) => SparkLine.Of(values).ShouldBe(line);
}
