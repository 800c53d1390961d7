using Mesh.Artifacts.Datasets;

namespace Mesh.Artifacts.Tests.Datasets;

public sealed class CsvTypesTests
{
    [Theory]
    [InlineData("0", "Whole, Huge, Real")]
    [InlineData(" -12 ", "Whole, Huge, Real")]
    [InlineData("9223372036854775808", "Huge, Real")]
    [InlineData("007", "None")]
    [InlineData("-", "None")]
    [InlineData("123456789012345678901234567890123456789", "None")]
    [InlineData("1.5", "Real")]
    [InlineData("+.5e-3", "Real")]
    [InlineData("1.", "Real")]
    [InlineData("01.5", "None")]
    [InlineData("1e999", "None")]
    [InlineData("-Infinity", "Real")]
    [InlineData("nan", "Real")]
    [InlineData("1_000", "None")]
    [InlineData("1,000", "None")]
    [InlineData("TRUE", "Truth")]
    [InlineData("yes", "None")]
    [InlineData("2024-02-29", "Day, Moment")]
    [InlineData("2023-02-29", "None")]
    [InlineData("2024/2/9", "Day, Moment")]
    [InlineData("2024-02-29 10:30", "Moment")]
    [InlineData("2024-02-29T10:30:15.123456", "Moment")]
    [InlineData("2024-02-29T10:30:15Z", "Zoned")]
    [InlineData("2024-02-29T10:30:15+05:30", "Zoned")]
    [InlineData("2024-02-29T25:30:15", "None")]
    [InlineData("10.0.0.1", "None")]
    [InlineData("", "None")]
    public void A_value_is_of_the_types_that_give_it_back(string value, string fits) => CsvTypes.Of(value).ToString().ShouldBe(fits);
}
