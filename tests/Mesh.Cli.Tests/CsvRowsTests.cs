using Mesh.Cli.Serving;

namespace Mesh.Cli.Tests;

public sealed class CsvRowsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    [Fact]
    public async Task Rows_are_read_as_texts_below_their_columns()
    {
        await File.WriteAllTextAsync(_path, "name,\"a,b\"\r\nx,1\r\n\"y \"\"z\"\"\",\r\n");
        var csv = await CsvRows.ReadAsync(_path, CancellationToken.None);
        csv.Columns.ShouldBe(["name", "a,b"]);
        csv.Rows.ShouldBe([["x", "1"], ["y \"z\"", ""]]);
    }

    [Theory]
    [InlineData("a,b\n1,2\n1,2,3\n", "row 2: 3 values")]
    [InlineData("a,b\n1\n", "row 1: 1 values")]
    [InlineData("a,a\n1,2\n", "a name of its own")]
    [InlineData("a,\n1,2\n", "a name of its own")]
    [InlineData("a,b\n", "has no rows")]
    public async Task What_is_out_of_form_is_refused_with_its_place(string text, string reason)
    {
        await File.WriteAllTextAsync(_path, text);
        (await Should.ThrowAsync<FormatException>(CsvRows.ReadAsync(_path, CancellationToken.None))).Message.ShouldContain(reason);
    }

    public void Dispose() => File.Delete(_path);
}
