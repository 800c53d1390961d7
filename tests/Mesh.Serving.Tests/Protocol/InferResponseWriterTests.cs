using System.Text;
using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Serving.Protocol;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Tests.Protocol;

public sealed class InferResponseWriterTests
{
    private static readonly ModelLayout Layout = new(new ModelSignature(
        [new("x", ColumnType.Fp32)],
        [new("label", ColumnType.Bytes), new("score", ColumnType.Fp32, [2]), new("count", ColumnType.Int64), new("sure", ColumnType.Bool), new("exact", ColumnType.Fp64)]));

    [Fact]
    public void Writes_every_type_in_the_protocols_shape() => Write(new InferHead("r-1", null, null)).ShouldBe(
        """
        {"model_name":"cancer","model_version":"12","id":"r-1","outputs":[
        {"name":"label","datatype":"BYTES","shape":[2],"data":["benign","b\u00F6s"]},
        {"name":"score","datatype":"FP32","shape":[2,2],"data":[0.1,0.9,null,null]},
        {"name":"count","datatype":"INT64","shape":[2],"data":[9223372036854775807,-1]},
        {"name":"sure","datatype":"BOOL","shape":[2],"data":[true,false]},
        {"name":"exact","datatype":"FP64","shape":[2],"data":[0.30000000000000004,1E+300]}]}
        """.ReplaceLineEndings(""));

    [Fact]
    public void Leaves_out_what_was_not_asked_for() => Write(new InferHead(null, null, [true, false, false, false, false])).ShouldBe(
        """{"model_name":"cancer","model_version":"12","outputs":[{"name":"label","datatype":"BYTES","shape":[2],"data":["benign","b\u00F6s"]}]}""");

    private static string Write(InferHead head)
    {
        var batch = new TensorBatch(Layout) { Rows = 2 };
        foreach (var output in batch.Outputs) output.Resize(2, output.Spec.Shape);
        Set<string>(batch.Outputs[0], "benign", "bös");
        Set(batch.Outputs[1], 0.1f, 0.9f, float.NaN, float.PositiveInfinity);
        Set(batch.Outputs[2], long.MaxValue, -1);
        Set(batch.Outputs[3], true, false);
        Set(batch.Outputs[4], 0.1 + 0.2, 1e300);
        using var stream = new MemoryStream();
        using var json = new Utf8JsonWriter(stream);
        InferResponseWriter.Write(json, "cancer", 12, batch, head);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Set<T>(TensorColumn column, params T[] values) => values.CopyTo(((TensorColumn<T>)column).Buffer, 0);
}
