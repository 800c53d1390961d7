using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hub.Describing;
using Mesh.Hub.Running;

namespace Mesh.Hub.Tests.Describing;

public sealed class DescriptionTests
{
    [Fact]
    public void Real_data_is_described_as_NumPy_would()
    {
        var description = Description.Of(RealData.BreastCancer, "breast-cancer", 1, "diagnosis");
        description.Rows.ShouldBe(569);
        description.Missing.ShouldBe(0);
        var radius = description.Columns[0];
        radius.Statistics.Mean!.Value.ShouldBe(14.127291739894552, 1e-9);
        radius.Statistics.Deviation!.Value.ShouldBe(3.524048826212078, 1e-9);
        radius.Statistics.Min.ShouldBe(6.981);
        radius.Statistics.Max.ShouldBe(28.11);
        radius.Quantiles!["p50"].ShouldBe(13.37, 1e-9);
        radius.Quantiles["p25"].ShouldBe(11.7, 1e-9);
        radius.Statistics.Counts!.Sum().ShouldBe(569);
        Math.Abs(radius.TargetAssociation!.Value).ShouldBe(0.7300285113754563, 1e-9);
        var target = description.Columns[^1];
        target.Top.ShouldBe([new ValueCount("benign", 357), new ValueCount("malignant", 212)]);
        description.Correlations.Values[0][2]!.Value.ShouldBe(0.997855, 1e-5);
    }

    [Fact]
    public void Classes_are_related_by_the_correlation_ratio()
    {
        var description = Description.Of(RealData.Weather, "weather", 1, "weather");
        description.Columns.Single(c => c.Name == "precipitation").TargetAssociation!.Value.ShouldBeInRange(0.3, 1);
        description.Columns.Single(c => c.Name == "date").TargetAssociation.ShouldBeNull();
    }

    [Fact]
    public void The_document_and_the_charts_are_JSON_that_reads_back()
    {
        var description = Description.Of(RealData.Weather, "weather", 3, "weather");
        var read = JsonSerializer.Deserialize<Description>(JsonSerializer.SerializeToUtf8Bytes(description, MeshJson.Strict), MeshJson.Strict)!;
        read.Columns.Count.ShouldBe(6);

        var histograms = JsonDocument.Parse(Charts.Bytes(Charts.Histograms(description))).RootElement;
        histograms.GetProperty("$schema").GetString().ShouldBe("https://vega.github.io/schema/vega-lite/v5.json");
        histograms.GetProperty("data").GetProperty("values").EnumerateArray().Where(v => v.GetProperty("column").GetString() == "wind").Sum(v => v.GetProperty("rows").GetInt64()).ShouldBe(1461);
        JsonDocument.Parse(Charts.Bytes(Charts.Correlations(description))).RootElement.GetProperty("data").GetProperty("values").GetArrayLength().ShouldBe(16);
        JsonDocument.Parse(Charts.Bytes(Charts.ClassBalance(description, description.Columns[^1]))).RootElement.GetProperty("data").GetProperty("values").GetArrayLength().ShouldBe(5);
    }

    [Fact]
    public void The_report_is_a_table_that_no_value_breaks()
    {
        using var stream = new MemoryStream("name,x\n\"a|b\",1\n\"c\nd\",2\n\"a|b\",3\n"u8.ToArray());
        var report = Report.Of(Description.Of(Hub.Tables.CsvTable.Read(stream, "t"), "t", 1, "x"));
        report.ShouldContain("a\\|b (2), c d (1)");
        report.ShouldContain("Target: `x`");
    }

    [Fact]
    public void A_column_of_no_values_is_told_not_fatal()
    {
        using var stream = new MemoryStream("a,b\n1,\n2,\n"u8.ToArray());
        var description = Description.Of(Hub.Tables.CsvTable.Read(stream, "t"), "t", 1, null);
        description.Columns[1].Warning.ShouldBe("has no values");
        description.Missing.ShouldBe(2);
    }

    [Fact]
    public void An_unknown_target_is_refused() =>
        Should.Throw<HubFailure>(() => Description.Of(RealData.Wine, "wine", 1, "grape")).Message.ShouldStartWith("wine.csv has no column 'grape' (the target)");
}
