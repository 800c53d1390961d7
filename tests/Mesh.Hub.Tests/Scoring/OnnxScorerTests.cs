using System.Text;
using Mesh.Contracts.Artifacts;
using Mesh.Hub.Running;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;
using Mesh.Testing;

namespace Mesh.Hub.Tests.Scoring;

public sealed class OnnxScorerTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_vector_takes_the_numeric_columns_in_their_order(long batch)
    {
        var signature = new ModelSignature([new Column("features", ColumnType.Fp32, [2])], [new Column("score", ColumnType.Fp32)]);
        var outputs = Score(OnnxFile.Linear(2, 3, 1, batch), signature, "x,y,label\n1,1,5\n10,0,7\n0,10,9\n", "label");
        outputs[0].Numbers!.Select(n => n[0]).ShouldBe([6f, 21f, 31f]);
    }

    [Fact]
    public void Columns_may_be_named_by_place()
    {
        var signature = new ModelSignature([new Column("features", ColumnType.Fp32, [2])], [new Column("score", ColumnType.Fp32)]);
        Score(OnnxFile.Linear(2, 3, 1), signature, "features.1,id,features.0\n1,99,0\n", null)[0].Numbers![0].ShouldBe([4f]);
    }

    [Fact]
    public void Scalar_columns_make_up_the_matrix_of_the_graph()
    {
        var signature = new ModelSignature([new Column("width", ColumnType.Fp32), new Column("height", ColumnType.Fp32)], [new Column("score", ColumnType.Fp32)]);
        Score(OnnxFile.Linear(2, 3, 1), signature, "height,width\n1,0\n0,1\n", null)[0].Numbers!.Select(n => n[0]).ShouldBe([4f, 3f]);
    }

    [Fact]
    public void Texts_and_whole_numbers_pass()
    {
        var file = new OnnxFile().Input("word", OnnxFile.Text, -1).Input("number", OnnxFile.Int64, -1, 1)
            .Node("Identity", ["word"], "label").Node("Identity", ["number"], "same")
            .Output("label", OnnxFile.Text, -1).Output("same", OnnxFile.Int64, -1, 1).ToArray();
        var signature = new ModelSignature(
            [new Column("word", ColumnType.Bytes), new Column("number", ColumnType.Int64)], [new Column("label", ColumnType.Bytes), new Column("same", ColumnType.Int64)]);
        var outputs = Score(file, signature, "number,word\n3,a\n4,b\n", null);
        outputs[0].AsTexts().ShouldBe(["a", "b"]);
        outputs[1].AsTexts().ShouldBe(["3", "4"]);
    }

    [Theory]
    [InlineData("x,y,z\n1,2,3\n", "The model's input 'features' takes 2 numbers: t has 0 columns of the names 'features.0' and on, and 3 numeric columns.")]
    [InlineData("x,y\nred,2\nblue,2\n", "The model's input 'features' takes 2 numbers: t has 0 columns of the names 'features.0' and on, and 1 numeric columns.")]
    public void A_table_that_does_not_fit_is_refused(string csv, string sentence)
    {
        var signature = new ModelSignature([new Column("features", ColumnType.Fp32, [2])], [new Column("score", ColumnType.Fp32)]);
        Should.Throw<HubFailure>(() => Score(OnnxFile.Linear(2, 3, 1), signature, csv, null)).Message.ShouldBe(sentence);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        var signature = new ModelSignature([new Column("x", ColumnType.Fp32)], [new Column("y", ColumnType.Fp32)]);
        Should.Throw<HubFailure>(() => Score([1, 2, 3], signature, "x\n1\n", null)).Message.ShouldStartWith("The model's file cannot be loaded by ONNX Runtime");
    }

    private IReadOnlyList<ModelOutput> Score(byte[] file, ModelSignature signature, string csv, string? target)
    {
        File.WriteAllBytes(_file, file);
        using var scorer = new OnnxScorer(_file, signature, target);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        var table = CsvTable.Read(stream, "t");
        return scorer.Score(table, [.. Enumerable.Range(0, table.Rows)]);
    }
}
