using System.Text;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Serving.Protocol;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Tests.Protocol;

public sealed class InferRequestReaderTests
{
    private static readonly ModelLayout Mixed = new(new ModelSignature(
        [new("age", ColumnType.Fp32), new("visits", ColumnType.Int64), new("city", ColumnType.Bytes), new("member", ColumnType.Bool), new("weight", ColumnType.Fp64)],
        [new("label", ColumnType.Bytes), new("score", ColumnType.Fp32)]));

    private static readonly ModelLayout Numbers = new(new ModelSignature(
        [new("a", ColumnType.Fp32), new("b", ColumnType.Fp64), new("c", ColumnType.Fp32)], [new("score", ColumnType.Fp32)]));

    private static readonly ModelLayout Image = new(new ModelSignature([new("pixels", ColumnType.Fp32, [2, 3])], [new("score", ColumnType.Fp32)]));

    private static readonly ModelLayout Open = new(new ModelSignature([new("words", ColumnType.Bytes, [-1])], [new("score", ColumnType.Fp32)]));

    private const string MixedBody = """
        {
          "inputs": [
            { "name": "age", "shape": [2], "datatype": "FP32", "data": [31.5, 40] },
            { "name": "visits", "shape": [2, 1], "datatype": "INT32", "data": [[1], [-2]] },
            { "name": "city", "shape": [2], "datatype": "BYTES", "data": ["Köln", "\u00c9vry"] },
            { "name": "member", "shape": [2], "datatype": "BOOL", "data": [true, false] },
            { "name": "weight", "shape": [2], "datatype": "FP64", "data": [1e-300, null] }
          ]
        }
        """;

    [Fact]
    public void Reads_a_tensor_for_each_input()
    {
        var (batch, _) = Accepted(Mixed, MixedBody);
        batch.Rows.ShouldBe(2);
        ((SingleColumn)batch.Inputs[0]).Values.ToArray().ShouldBe([31.5f, 40f]);
        ((Int64Column)batch.Inputs[1]).Values.ToArray().ShouldBe([1L, -2L]);
        ((TextColumn)batch.Inputs[2]).Values.ToArray().ShouldBe(["Köln", "Évry"]);
        ((BoolColumn)batch.Inputs[3]).Values.ToArray().ShouldBe([true, false]);
        ((DoubleColumn)batch.Inputs[4]).Values.ToArray().ShouldBe([1e-300, double.NaN]);
    }

    [Fact]
    public void Tensors_and_their_fields_come_in_any_order()
    {
        var (batch, _) = Accepted(Numbers, """
            {"inputs":[
              {"data":[[3]],"datatype":"FP32","parameters":{"content_type":"np","deep":{"x":[1]}},"shape":[1,1],"name":"c"},
              {"datatype":"INT8","data":[2],"name":"b","shape":[1]},
              {"shape":[1],"name":"a","data":[1],"datatype":"FP64"}]}
            """);
        Single(batch, 0).ShouldBe([1f]);
        ((DoubleColumn)batch.Inputs[1]).Values.ToArray().ShouldBe([2d]);
        Single(batch, 2).ShouldBe([3f]);
    }

    [Theory]
    [InlineData("[1, 2, 3, 4, 5, 6]")]
    [InlineData("[[1, 2, 3], [4, 5, 6]]")]
    public void One_matrix_stands_for_all_inputs(string data)
    {
        var (batch, _) = Accepted(Numbers, $$"""{"inputs":[{"name":"input-0","shape":[2,3],"datatype":"FP32","data":{{data}}}]}""");
        Single(batch, 0).ShouldBe([1f, 4f]);
        ((DoubleColumn)batch.Inputs[1]).Values.ToArray().ShouldBe([2d, 5d]);
        Single(batch, 2).ShouldBe([3f, 6f]);
    }

    [Theory]
    [InlineData("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]")]
    [InlineData("[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]")]
    public void A_tensor_of_any_rank_is_flat_or_nested(string data)
    {
        var (batch, _) = Accepted(Image, $$"""{"inputs":[{"name":"pixels","shape":[2,2,3],"datatype":"FP32","data":{{data}}}]}""");
        Single(batch, 0).ShouldBe(Enumerable.Range(1, 12).Select(i => (float)i));
        batch.Inputs[0].RowShape.ToArray().ShouldBe([2L, 3L]);
    }

    [Fact]
    public void An_open_dimension_takes_any_length()
    {
        var (batch, _) = Accepted(Open, """{"inputs":[{"name":"words","shape":[2,3],"datatype":"BYTES","data":["a","b","c","d","e","f"]}]}""");
        batch.Inputs[0].Width.ShouldBe(3);
        ((TextColumn)batch.Inputs[0]).Values.ToArray().ShouldBe(["a", "b", "c", "d", "e", "f"]);
    }

    [Fact]
    public void The_only_input_may_be_called_anything() =>
        Accepted(Image, """{"inputs":[{"name":"input-0","shape":[1,2,3],"datatype":"FP32","data":[1,2,3,4,5,6]}]}""").Batch.Rows.ShouldBe(1);

    [Fact]
    public void Reads_id_event_time_and_wanted_outputs()
    {
        const string Head = """
            { "id":"r-1", "parameters":{"event_time":"2025-01-31T12:00:00+02:00","other":1}, "outputs":[{"name":"score","parameters":{"binary_data":false}}],
            """;
        var (_, head) = Accepted(Mixed, Head + MixedBody.TrimStart('{'));
        head.Id.ShouldBe("r-1");
        head.EventTime.ShouldBe(new DateTimeOffset(2025, 1, 31, 10, 0, 0, TimeSpan.Zero));
        head.Wanted.ShouldBe([false, true]);
    }

    [Fact]
    public void A_batch_is_used_again_without_a_trace_of_the_request_before()
    {
        var pool = new TensorBatchPool(Mixed);
        var batch = pool.Rent();
        InferRequestReader.Read(Encoding.UTF8.GetBytes(MixedBody), batch, 1, out _).ShouldBeNull();
        pool.Return(batch);
        var again = pool.Rent();
        again.ShouldBeSameAs(batch);
        InferRequestReader.Read("""{"inputs":[{"name":"age","shape":[1],"datatype":"FP32","data":[1]}]}"""u8, again, 1, out _)!.Detail.ShouldContain("'visits', 'city', 'member', 'weight' are missing");
    }

    [Theory]
    [InlineData("", "body.malformed", null)]
    [InlineData("{", "body.malformed", null)]
    [InlineData("null", "infer.invalid", "")]
    [InlineData("[]", "infer.invalid", "")]
    [InlineData("{}", "infer.invalid", "inputs")]
    [InlineData("""{"inputs":[]}""", "infer.invalid", "inputs")]
    [InlineData("""{"inputs":{}}""", "infer.invalid", "inputs")]
    [InlineData("""{"inputs":[1]}""", "infer.invalid", "inputs[0]")]
    [InlineData("""{"inputs":[{}]}""", "infer.invalid", "inputs[0].name")]
    [InlineData("""{"inputs":[],"inputs":[]}""", "infer.invalid", "inputs")]
    [InlineData("""{"instances":[[1,2,3]]}""", "infer.invalid", "instances")]
    [InlineData("""{"id":7,"inputs":[]}""", "infer.invalid", "id")]
    [InlineData("""{"parameters":[],"inputs":[]}""", "infer.invalid", "parameters")]
    [InlineData("""{"parameters":{"event_time":"yesterday"},"inputs":[]}""", "infer.invalid", "parameters.event_time")]
    [InlineData("""{"parameters":{"event_time":1738324800},"inputs":[]}""", "infer.invalid", "parameters.event_time")]
    [InlineData("""{"outputs":[{"name":"shape"}],"inputs":[]}""", "infer.invalid", "outputs[0].name")]
    [InlineData("""{"outputs":[{}],"inputs":[]}""", "infer.invalid", "outputs[0].name")]
    [InlineData("""{"outputs":[{"name":"score","kind":1}],"inputs":[]}""", "infer.invalid", "outputs[0].kind")]
    [InlineData("""{"inputs":[{"name":1}]}""", "infer.invalid", "inputs[0].name")]
    [InlineData("""{"inputs":[{"name":"a","color":1}]}""", "infer.invalid", "inputs[0].color")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32"}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"data":[1]}]}""", "infer.invalid", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"a","datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"a","shape":1,"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1.5],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[-1],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"a","shape":[0],"datatype":"FP32","data":[]}]}""", "infer.invalid", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[100001],"datatype":"FP32","data":[]}]}""", "infer.invalid", "inputs[0].shape[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[100000],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1,9223372036854775807,9223372036854775807],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1,1,1,1,1,1,1,1,1],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "infer.invalid", "inputs[0].shape")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"fp32","data":[1]}]}""", "infer.invalid", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP16","data":[1]}]}""", "infer.invalid", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"BYTES","data":["1"]}]}""", "infer.invalid", "inputs[0].datatype")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":["1"]}]}""", "infer.invalid", "inputs[0].data[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1e39]}]}""", "infer.invalid", "inputs[0].data[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"UINT8","data":[256]}]}""", "infer.invalid", "inputs[0].data[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"INT64","data":[1.5]}]}""", "infer.invalid", "inputs[0].data[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":1}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1,2]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[[1]]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1],"data":[1]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}""", "infer.invalid", "inputs[0].parameters.binary_data_size")]
    [InlineData("""{"inputs":[{"name":"d","shape":[1],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[0].name")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}""", "infer.invalid", "inputs[0].shape[1]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,3],[4,5]]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,3,4],[5,6]]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2],[3,4],[5,6]]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,3],4,5,6]}]}""", "infer.invalid", "inputs[0].data")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,3,[4,5,6]]}]}""", "infer.invalid", "inputs[0].data[3]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"a","shape":[1],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[1].name")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1]},{"name":"a","shape":[1],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs[1].name")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1]},{"name":"b","shape":[2],"datatype":"FP32","data":[1,2]}]}""", "infer.invalid", "inputs[1].shape[0]")]
    [InlineData("""{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1]}]}""", "infer.invalid", "inputs")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]} x""", "body.malformed", null)]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[NaN,2,3]}]}""", "body.malformed", null)]
    [InlineData("""{"inputs":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}""", "infer.invalid", "inputs[0]")]
    [InlineData("""{"parameters":{"p":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]},"inputs":[]}""", "body.malformed", null)]
    [InlineData("""{"id":"\ud800","inputs":[]}""", "body.malformed", null)]
    public void Says_what_is_wrong_and_where(string body, string code, string? field)
    {
        var fault = Read(Numbers, body, out _, out _).ShouldNotBeNull();
        fault.Kind.ShouldBe(RejectionKind.Malformed);
        fault.Code.ShouldBe(code);
        fault.Field.ShouldBe(field);
        fault.Detail.ShouldEndWith(".");
    }

    [Fact]
    public void Rows_must_be_a_multiple_where_the_model_says_so() =>
        InferRequestReader.Read("""{"inputs":[{"name":"x","shape":[3,3],"datatype":"FP32","data":[1,2,3,1,2,3,1,2,3]}]}"""u8, new TensorBatch(Numbers), 2, out _)!
            .Field.ShouldBe("inputs[0].shape");

    [Fact]
    public void Truncating_or_damaging_a_body_anywhere_is_a_fault_never_a_failure()
    {
        var body = Encoding.UTF8.GetBytes(MixedBody.Trim());
        for (var length = 0; length < body.Length; length++)
            InferRequestReader.Read(body.AsSpan(0, length), new TensorBatch(Mixed), 1, out _).ShouldNotBeNull();
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = body.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Should.NotThrow(() => InferRequestReader.Read(damaged, new TensorBatch(Mixed), 1, out _));
        }
    }

    [Fact]
    public void Reading_allocates_nothing_once_warm()
    {
        var pool = new TensorBatchPool(Numbers);
        var body = """{"inputs":[{"name":"input","shape":[2,3],"datatype":"FP32","data":[[1.5,2.25,3],[4,5,6e-3]]}]}"""u8.ToArray();
        void Once()
        {
            var batch = pool.Rent();
            InferRequestReader.Read(body, batch, 1, out _);
            pool.Return(batch);
        }

        for (var i = 0; i < 200; i++) Once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Once();
        // The name that is no input's is read as a text; nothing else.
        ((GC.GetAllocatedBytesForCurrentThread() - before) / 100).ShouldBeLessThan(64);
    }

    private static float[] Single(TensorBatch batch, int column) => ((SingleColumn)batch.Inputs[column]).Values.ToArray();

    private static (TensorBatch Batch, InferHead Head) Accepted(ModelLayout layout, string body)
    {
        Read(layout, body, out var batch, out var head).ShouldBeNull();
        return (batch, head);
    }

    private static Rejection? Read(ModelLayout layout, string body, out TensorBatch batch, out InferHead head) =>
        InferRequestReader.Read(Encoding.UTF8.GetBytes(body), batch = new TensorBatch(layout), 1, out head);
}
