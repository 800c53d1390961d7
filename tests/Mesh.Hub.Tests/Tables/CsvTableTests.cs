using System.Text;
using Mesh.Hub.Running;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Tests.Tables;

public sealed class CsvTableTests
{
    [Fact]
    public void Reads_numbers_classes_dates_and_truths()
    {
        var table = Read("id,when,city,ok,size\n1,2024-01-01,Bonn,yes,1.5\n2,2024-01-02,Bonn,no,\n3,2024-01-03,Köln,yes,-2e3\n4,2024-01-04,Bonn,yes,NA\n");
        table.Rows.ShouldBe(4);
        table.Columns.Select(c => c.Kind).ShouldBe([ColumnKind.Numeric, ColumnKind.Date, ColumnKind.Categorical, ColumnKind.Boolean, ColumnKind.Numeric]);
        table.Find("size")!.Numbers.ShouldBe([1.5, double.NaN, -2000, double.NaN]);
        table.Find("size")!.Missing.ShouldBe(2);
        table.Find("city")!.Levels.ShouldBe(["Bonn", "Köln"]);
        table.Find("city")!.Codes.ShouldBe([0, 0, 1, 0]);
    }

    [Theory]
    [InlineData("a;b\n1;2\n3;4\n")]
    [InlineData("a\tb\n1\t2\n3\t4\n")]
    [InlineData("a,b\r\n1,2\r\n3,4")]
    [InlineData("\uFEFFa,b\n1,2\n3,4\n\n")]
    public void Finds_the_delimiter_and_forgives_line_ends(string text)
    {
        var table = Read(text);
        table.Columns.Select(c => c.Name).ShouldBe(["a", "b"]);
        table.Find("b")!.Numbers.ShouldBe([2, 4]);
    }

    [Fact]
    public void Quoted_values_may_hold_delimiters_quotes_and_line_breaks()
    {
        var table = Read("a,b\n\"x, \"\"y\"\"\",1\n\"two\nlines\",2\nz,3\n");
        table.Find("a")!.TextAt(0).ShouldBe("x, \"y\"");
        table.Find("a")!.TextAt(1).ShouldBe("two\nlines");
        table.Lines.ShouldBe([2, 3, 5]);
    }

    [Fact]
    public void Classes_that_are_numbers_keep_their_text_and_their_order()
    {
        var column = Read("y\n10\n9\n010\n9\n").Find("y")!;
        column.Kind.ShouldBe(ColumnKind.Numeric);
        column.Levels.ShouldBe(["9", "010", "10"]);
        column.TextAt(2).ShouldBe("010");
    }

    [Theory]
    [InlineData("", "t.csv is empty.")]
    [InlineData("a,b\n", "t.csv has a header and no rows.")]
    [InlineData("a,b\n1,2\n3\n", "t.csv, line 3: 1 values where the header has 2 columns.")]
    [InlineData("a,b\n\"x\ny\",2\n3,4,5\n", "t.csv, line 4: 3 values where the header has 2 columns.")]
    [InlineData("a,a\n1,2\n", "t.csv, line 1: the column 'a' is there twice.")]
    [InlineData("a,,c\n1,2,3\n", "t.csv, line 1: column 2 has no name.")]
    public void Says_what_is_wrong_and_where(string text, string sentence) => Should.Throw<HubFailure>(() => Read(text)).Message.ShouldBe(sentence);

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        using var stream = new MemoryStream([0x50, 0x4B, 0x03, 0x04, 0xFF, 0xFE, 0x80, 0x81]);
        Should.Throw<HubFailure>(() => CsvTable.Read(stream, "t.zip")).Message.ShouldBe("t.zip is not UTF-8 text.");
    }

    [Fact]
    public void One_word_among_measurements_is_a_misfit()
    {
        var text = new StringBuilder("size\n");
        for (var i = 0; i < 40; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i}.5\n");
        text.Append("oops\n");
        Read(text.ToString()).Find("size")!.Misfit.ShouldBe(new Misfit(42, "oops"));
    }

    [Fact]
    public void Codes_of_digits_and_letters_are_categories() =>
        Read("grade\n1\n2\n3\n1\n2\n3\n1\n2\n3\n1\n2\nA\n").Find("grade")!.Misfit.ShouldBeNull();

    [Fact]
    public void Infinity_is_no_number_to_learn_from() => Read("x\n1\n2\nInfinity\n").Find("x")!.Kind.ShouldNotBe(ColumnKind.Numeric);

    [Fact]
    public void Real_files_are_what_they_are()
    {
        RealData.BreastCancer.Rows.ShouldBe(569);
        RealData.BreastCancer.Columns.Count(c => c.Kind == ColumnKind.Numeric).ShouldBe(30);
        RealData.BreastCancer.Find("diagnosis")!.Levels.ShouldBe(["benign", "malignant"]);
        RealData.Weather.Find("date")!.Kind.ShouldBe(ColumnKind.Date);
        RealData.Weather.Find("weather")!.Kind.ShouldBe(ColumnKind.Categorical);
    }

    private static Table Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return CsvTable.Read(stream, "t.csv");
    }
}
