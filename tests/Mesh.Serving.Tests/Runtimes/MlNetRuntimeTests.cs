using System.Diagnostics;
using Mesh.Contracts.Artifacts;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Tests.Runtimes;

public sealed class MlNetRuntimeTests(CancerModel cancer) : IClassFixture<CancerModel>
{
    [Fact]
    public void Answers_as_the_trained_pipeline_does()
    {
        using var runtime = ModelRuntimes.Load("mlnet", cancer.Path, cancer.Signature);
        var batch = Batch(runtime, cancer.Rows);

        runtime.Infer(batch);

        var expected = cancer.Model.Transform(cancer.Data);
        var labels = expected.GetColumnAsStrings("PredictedLabel");
        var scores = expected.GetColumnAsVectors("Score");
        ((TextColumn)batch.Outputs[0]).Values.ToArray().ShouldBe(labels);
        ((SingleColumn)batch.Outputs[1]).Values.ToArray().ShouldBe(scores.SelectMany(row => row));
        batch.Outputs[1].RowShape.ToArray().ShouldBe([2L]);
    }

    [Fact]
    public void Serves_any_number_of_requests_at_once()
    {
        using var runtime = ModelRuntimes.Load("mlnet", cancer.Path, cancer.Signature);
        var whole = Batch(runtime, cancer.Rows);
        runtime.Infer(whole);
        var expected = ((TextColumn)whole.Outputs[0]).Values.ToArray();

        Parallel.For(0, cancer.Rows.Length * 4, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var row = i % cancer.Rows.Length;
            var batch = Batch(runtime, [cancer.Rows[row]]);
            runtime.Infer(batch);
            ((TextColumn)batch.Outputs[0]).Values[0].ShouldBe(expected[row]);
        });
    }

    [Fact]
    public void One_row_costs_microseconds()
    {
        using var runtime = ModelRuntimes.Load("mlnet", cancer.Path, cancer.Signature);
        var batch = Batch(runtime, [cancer.Rows[0]]);
        for (var i = 0; i < 2000; i++) runtime.Infer(batch);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 2000; i++) runtime.Infer(batch);
        // A pipeline that is built per request takes several milliseconds.
        (watch.Elapsed.TotalMilliseconds / 2000).ShouldBeLessThan(0.5);
    }

    [Fact]
    public void A_missing_value_is_what_the_pipeline_makes_of_it()
    {
        using var runtime = ModelRuntimes.Load("mlnet", cancer.Path, cancer.Signature);
        float[] row = [.. cancer.Rows[0]];
        row[3] = float.NaN;
        var batch = Batch(runtime, [row]);
        Should.NotThrow(() => runtime.Infer(batch));
    }

    [Fact]
    public void Refuses_a_signature_that_leaves_a_feature_out()
    {
        var signature = cancer.Signature with { Inputs = [.. cancer.Signature.Inputs.Skip(1)] };
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("mlnet", cancer.Path, signature)).Message.ShouldContain($"needs the column '{cancer.Features[0]}'");
    }

    [Fact]
    public void Refuses_an_input_or_output_that_the_model_has_not()
    {
        var input = cancer.Signature with { Inputs = [.. cancer.Signature.Inputs, new Column("height", ColumnType.Fp32)] };
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("mlnet", cancer.Path, input)).Message.ShouldContain("'height'");
        var output = cancer.Signature with { Outputs = [new Column("verdict", ColumnType.Bytes)] };
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("mlnet", cancer.Path, output)).Message.ShouldContain("'verdict'");
    }

    [Fact]
    public void Refuses_types_that_do_not_meet()
    {
        var input = cancer.Signature with { Inputs = [new Column(cancer.Features[0], ColumnType.Bytes), .. cancer.Signature.Inputs.Skip(1)] };
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("mlnet", cancer.Path, input)).Message.ShouldContain("the signature says BYTES");
        var output = cancer.Signature with { Outputs = [new Column("Score", ColumnType.Fp32, [3])] };
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("mlnet", cancer.Path, output)).Message.ShouldContain("shape [3]");
    }

    [Fact]
    public void Refuses_a_file_that_is_no_model()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "not a zip");
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("mlnet", file, cancer.Signature)).Message.ShouldStartWith("The model does not load");
        File.Delete(file);
    }

    [Fact]
    public void Refuses_a_framework_that_is_not_served() =>
        Should.Throw<ModelLoadException>(() => ModelRuntimes.Load("sklearn", cancer.Path, cancer.Signature)).Message.ShouldContain("'sklearn' cannot be served");

    internal static TensorBatch Batch(IModelRuntime runtime, IReadOnlyList<float[]> rows)
    {
        var batch = new TensorBatch(runtime.Layout) { Rows = rows.Count };
        for (var column = 0; column < batch.Inputs.Length; column++)
        {
            var values = (SingleColumn)batch.Inputs[column];
            values.Resize(rows.Count, []);
            for (var row = 0; row < rows.Count; row++) values.Buffer[row] = rows[row][column];
        }

        return batch;
    }
}

internal static class DataViews
{
    public static string[] GetColumnAsStrings(this Microsoft.ML.IDataView data, string column) =>
        [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<string>(data, column)];

    public static float[][] GetColumnAsVectors(this Microsoft.ML.IDataView data, string column) =>
        [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float[]>(data, column)];
}
