using Mesh.Cli.Demo;
using Mesh.Cli.Terminal;

namespace Mesh.Cli.Tests;

/// <summary>Numbers as a person reads them, and the demo's rows.</summary>
public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1234567, "1,234,567")]
    [InlineData(0.98245, "0.9825")]
    [InlineData(0.00001234, "1.234E-05")]
    public void Numbers_have_sensible_digits(double value, string text) => Figures.Number(value).ShouldBe(text);

    [Theory]
    [InlineData(512, "512 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(3L << 30, "3 GiB")]
    public void Sizes_have_units(long bytes, string text) => Figures.Size(bytes).ShouldBe(text);

    [Theory]
    [InlineData(0.25, "250 ms")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(90_000, "1 d 1 h")]
    public void Durations_have_their_two_largest_units(double seconds, string text) => Figures.Duration(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    [Fact]
    public void The_demo_deals_every_row_once_and_shifts_only_the_later_ones()
    {
        var data = DemoData.Load();
        (data.Train.Count + data.Held.Count + data.Later.Count).ShouldBe(569);
        data.Columns[^1].ShouldBe(DemoData.Target);
        data.Train.Concat(data.Held).Select(row => string.Join(',', row)).ShouldBeUnique();
        var radius = data.Columns.ToList().IndexOf("radius_mean");
        data.Later.Average(row => double.Parse(row[radius], System.Globalization.CultureInfo.InvariantCulture))
            .ShouldBeGreaterThan(1.15 * data.Train.Average(row => double.Parse(row[radius], System.Globalization.CultureInfo.InvariantCulture)));
    }
}
