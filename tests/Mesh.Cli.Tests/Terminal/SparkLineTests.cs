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

    [Theory]
    [MemberData(nameof(Lines))]
    public void Numbers_become_blocks(double[] values, string line) => SparkLine.Of(values).ShouldBe(line);
}
