using Mesh.Contracts.Artifacts;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;
using Mesh.Testing;

namespace Mesh.Serving.Tests.Runtimes;

public sealed class OnnxRuntimeTests : IDisposable
{
    private static readonly ModelSignature Vector = new([new Column("features", ColumnType.Fp32, [2])], [new Column("score", ColumnType.Fp32)]);

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Computes_a_batch_of_any_size()
    {
        using var runtime = Load(OnnxFile.Linear(2, 3, 1), Vector);
        Infer(runtime, [1, 1, 10, 0, 0, 10]).ShouldBe([6f, 21f, 31f]);
        Infer(runtime, [0, 0]).ShouldBe([1f]);
    }

    [Fact]
    public void Takes_one_column_per_feature_where_the_graph_takes_a_matrix()
    {
        var signature = new ModelSignature([new Column("width", ColumnType.Fp32), new Column("count", ColumnType.Int64)], Vector.Outputs);
        using var runtime = Load(OnnxFile.Linear(2, 3, 1), signature);
        var batch = new TensorBatch(runtime.Layout) { Rows = 2 };
        Fill((SingleColumn)batch.Inputs[0], [1, 5]);
        batch.Inputs[1].Resize(2, []);
        ((Int64Column)batch.Inputs[1]).Buffer[0] = 1;
        ((Int64Column)batch.Inputs[1]).Buffer[1] = 7;

        runtime.Infer(batch);

        ((SingleColumn)batch.Outputs[0]).Values.ToArray().ShouldBe([6f, 32f]);
    }

    [Fact]
    public void Slices_rows_for_a_graph_of_fixed_batch_size()
    {
        using var runtime = Load(OnnxFile.Linear(1, 1, 0, rows: 2), Vector);
        runtime.RowMultiple.ShouldBe(2);
        Infer(runtime, [1, 1, 2, 2, 3, 3, 4, 4]).ShouldBe([2f, 4f, 6f, 8f]);
        using var single = Load(OnnxFile.Linear(1, 1, 0, rows: 1), Vector);
        Infer(single, [1, 1, 2, 2, 3, 3]).ShouldBe([2f, 4f, 6f]);
    }

    [Fact]
    public void Passes_texts_and_integers()
    {
        var file = new OnnxFile()
            .Input("word", OnnxFile.Text, -1).Input("number", OnnxFile.Int64, -1, 1)
            .Node("Identity", ["word"], "label").Node("Identity", ["number"], "same")
            .Output("label", OnnxFile.Text, -1).Output("same", OnnxFile.Int64, -1, 1).ToArray();
        var signature = new ModelSignature(
            [new Column("word", ColumnType.Bytes), new Column("number", ColumnType.Int64)], [new Column("same", ColumnType.Int64), new Column("label", ColumnType.Bytes)]);
        using var runtime = Load(file, signature);
        var batch = new TensorBatch(runtime.Layout) { Rows = 2 };
        foreach (var input in batch.Inputs) input.Resize(2, []);
        (((TextColumn)batch.Inputs[0]).Buffer[0], ((TextColumn)batch.Inputs[0]).Buffer[1]) = ("größer", "");
        (((Int64Column)batch.Inputs[1]).Buffer[0], ((Int64Column)batch.Inputs[1]).Buffer[1]) = (long.MaxValue, -1);

        runtime.Infer(batch);

        ((Int64Column)batch.Outputs[0]).Values.ToArray().ShouldBe([long.MaxValue, -1]);
        ((TextColumn)batch.Outputs[1]).Values.ToArray().ShouldBe(["größer", ""]);
    }

    [Fact]
    public void Serves_any_number_of_requests_at_once()
    {
        using var runtime = Load(OnnxFile.Linear(2, 3, 1), Vector);
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Infer(runtime, [i, 1]).ShouldBe([(2f * i) + 4]));
    }

    [Theory]
    [InlineData("size", "score", "'size'")]
    [InlineData("features", "probability", "'probability'")]
    public void Refuses_names_that_the_graph_has_not(string input, string output, string named)
    {
        var signature = new ModelSignature([new Column(input, ColumnType.Fp32, [2])], [new Column(output, ColumnType.Fp32)]);
        Should.Throw<ModelLoadException>(() => Load(OnnxFile.Linear(1, 1, 1), signature)).Message.ShouldContain(named);
    }

    [Fact]
    public void Refuses_shapes_and_types_that_do_not_meet()
    {
        var wide = new ModelSignature([new Column("features", ColumnType.Fp32, [3])], Vector.Outputs);
        Should.Throw<ModelLoadException>(() => Load(OnnxFile.Linear(1, 1, 1), wide)).Message.ShouldContain("[-1, 2]");
        var text = new ModelSignature([new Column("features", ColumnType.Bytes, [2])], Vector.Outputs);
        Should.Throw<ModelLoadException>(() => Load(OnnxFile.Linear(1, 1, 1), text)).Message.ShouldContain("BYTES");
    }

    [Fact]
    public void Refuses_a_file_that_is_no_model() =>
        Should.Throw<ModelLoadException>(() => Load([1, 2, 3], Vector)).Message.ShouldStartWith("The model does not load");

    private static float[] Infer(IModelRuntime runtime, float[] values)
    {
        var batch = new TensorBatch(runtime.Layout) { Rows = values.Length / 2 };
        batch.Inputs[0].Resize(batch.Rows, [2]);
        values.CopyTo(((SingleColumn)batch.Inputs[0]).Buffer, 0);
        runtime.Infer(batch);
        return ((SingleColumn)batch.Outputs[0]).Values.ToArray();
    }

    private static void Fill(SingleColumn column, float[] values)
    {
        column.Resize(values.Length, []);
        values.CopyTo(column.Buffer, 0);
    }

    private IModelRuntime Load(byte[] file, ModelSignature signature)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, file);
        return ModelRuntimes.Load("onnx", path, signature);
    }
}
