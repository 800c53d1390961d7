using Mesh.Artifacts.Models.Opening;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Models;

/// <summary>What an ONNX file says of itself, and what is no ONNX file.</summary>
public sealed class OnnxReaderTests
{
    private const string Samples = "/usr/share/libonnx-testdata/data";

    [Fact]
    public void Inputs_outputs_opset_and_weights_are_read()
    {
        var file = OnnxReader.Read(new MemoryStream(OnnxFile.Linear(1, 2, 3)));
        (file.Format, file.Opset, file.Nodes, file.Parameters).ShouldBe(("onnx", 13, 2, 3));
        var input = file.Inputs.ShouldHaveSingleItem();
        (input.Name, input.Type).ShouldBe(("features", "float"));
        input.Shape.ShouldBe([-1, 2]);
        var output = file.Outputs.ShouldHaveSingleItem();
        (output.Name, output.Type).ShouldBe(("score", "float"));
        output.Shape.ShouldBe([-1, 1]);
    }

    [Fact]
    public void Every_sample_of_the_format_is_read()
    {
        Assert.SkipUnless(Directory.Exists(Samples), "The package libonnx-testdata is not installed.");
        var refused = new List<string>();
        var read = 0;
        foreach (var path in Directory.EnumerateFiles(Samples, "*.onnx", SearchOption.AllDirectories))
        {
            using var content = File.OpenRead(path);
            try
            {
                OnnxReader.Read(content).Outputs.ShouldNotBeEmpty();
                read++;
            }
            catch (ModelFileException e)
            {
                refused.Add($"{path}: {e.Message}");
            }
        }

        refused.ShouldBeEmpty();
        read.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void A_file_that_breaks_off_is_refused_wherever()
    {
        var whole = OnnxFile.Linear(1, 2, 3);
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Should.Throw<ModelFileException>(() => OnnxReader.Read(new MemoryStream(cut)), $"{length} of {whole.Length} bytes");
        }
    }

    [Fact]
    public void Any_damaged_byte_gives_an_answer_or_a_refusal()
    {
        var whole = OnnxFile.Linear(1, 2, 3);
        var refused = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var value in (byte[])[0, 1, 0x7f, 0x80, 0xff, (byte)~whole[at]])
            {
                var damaged = whole.ToArray();
                damaged[at] = value;
                try
                {
                    OnnxReader.Read(new MemoryStream(damaged)).ShouldNotBeNull();
                }
                catch (ModelFileException)
                {
                    refused++;
                }
            }
        }

        refused.ShouldBeGreaterThan(whole.Length);
    }

    [Fact]
    public void An_operator_that_takes_what_nothing_gives_is_named()
    {
        var file = new OnnxFile().Input("x", OnnxFile.Float, -1, 2).Node("MatMul", ["x", "weights"], "y").Output("y", OnnxFile.Float, -1, 1).ToArray();
        Should.Throw<ModelFileException>(() => OnnxReader.Read(new MemoryStream(file))).Message.ShouldBe("Its operator 1, MatMul, takes 'weights', which nothing before it gives.");
    }

    [Fact]
    public void An_output_that_nothing_makes_is_named()
    {
        var file = new OnnxFile().Input("x", OnnxFile.Float, -1, 2).Node("Abs", ["x"], "y").Output("z", OnnxFile.Float, -1, 2).ToArray();
        Should.Throw<ModelFileException>(() => OnnxReader.Read(new MemoryStream(file))).Message.ShouldContain("'z'");
    }

    [Theory]
    [InlineData("features", ColumnType.Fp32, "score", null)]
    [InlineData("features", ColumnType.Bytes, "score", "signature.inputs[0].type")]
    [InlineData("rows", ColumnType.Fp32, "score", "signature.inputs[0]")]
    [InlineData("features", ColumnType.Fp32, "label", "signature.outputs[0]")]
    public void A_signature_is_compared_with_the_file(string input, ColumnType type, string output, string? field)
    {
        var file = OnnxReader.Read(new MemoryStream(OnnxFile.Linear(1, 2, 3)));
        SignatureMatch.Difference(file, new ModelSignature([new(input, type, [2])], [new(output, ColumnType.Fp32)]))?.Field.ShouldBe(field);
    }

    [Fact]
    public void A_matrix_may_be_described_by_its_columns()
    {
        var file = OnnxReader.Read(new MemoryStream(OnnxFile.Linear(1, 2, 3)));
        ModelSignature Of(params string[] columns) => new([.. columns.Select(name => new Column(name, ColumnType.Fp64))], [new("score", ColumnType.Fp32)]);
        SignatureMatch.Difference(file, Of("a", "b")).ShouldBeNull();
        SignatureMatch.Difference(file, Of("a", "b", "c")).ShouldNotBeNull();
    }

    [Fact]
    public void A_file_has_a_signature_of_its_own()
    {
        var signature = SignatureMatch.Of(OnnxReader.Read(new MemoryStream(OnnxFile.Linear(1, 2, 3)))).ShouldNotBeNull();
        var input = signature.Inputs.ShouldHaveSingleItem();
        (input.Name, input.Type).ShouldBe(("features", ColumnType.Fp32));
        input.Shape.ShouldBe([2]);
        signature.Outputs.ShouldHaveSingleItem().Shape.ShouldBe([1]);
    }
}
