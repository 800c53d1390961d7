using System.Runtime.InteropServices;
using System.Text;
using Mesh.Contracts.Artifacts;
using Mesh.Serving.Runtimes;
using Mesh.Serving.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Mesh.Serving.Tests.Runtimes;

/// <summary>Serves the operator models of the ONNX project, whose inputs and expected outputs come with them (Debian: libonnx-testdata).</summary>
public sealed class OnnxConformanceTests
{
    private const string Folder = "/usr/share/libonnx-testdata/data/node";

    [Fact]
    public void Answers_as_the_models_own_test_data_say()
    {
        Assert.SkipUnless(Directory.Exists(Folder), "The package libonnx-testdata is not installed.");
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(Mesh.Serving.Runtimes.Onnx.OnnxModelRuntime).TypeHandle);
        var served = 0;
        var wrong = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories(Folder).Order())
        {
            if (Case.Read(folder) is not { } model) continue;
            IModelRuntime runtime;
            try
            {
                runtime = ModelRuntimes.Load("onnx", model.Path, model.Signature);
            }
            catch (ModelLoadException)
            {
                // Operators of other domains, training operators, shapes that a row of zeros does not fit.
                continue;
            }

            using (runtime)
            {
                if (model.Rows % runtime.RowMultiple != 0) continue;
                served++;
                if (!model.Matches(runtime)) wrong.Add(Path.GetFileName(folder));
            }
        }

        wrong.ShouldBeEmpty();
        served.ShouldBeGreaterThan(200);
        TestContext.Current.SendDiagnosticMessage("{0} models served", served);
    }

    private sealed record Case(string Path, ModelSignature Signature, int Rows, IReadOnlyList<TensorFile> Inputs, IReadOnlyList<TensorFile> Outputs)
    {
        /// <summary>The case of a folder, null where it has no common batch dimension or a type that is not served.</summary>
        public static Case? Read(string folder)
        {
            // Random by design, or, for numbers as text, up to the engine.
            string[] undefined = ["dropout", "bernoulli", "FLOAT_to_STRING"];
            if (undefined.Any(word => folder.Contains(word, StringComparison.Ordinal))) return null;
            var path = System.IO.Path.Combine(folder, "model.onnx");
            try
            {
                using var session = new InferenceSession(path);
                var inputs = Tensors(folder, "input", session.InputMetadata);
                var outputs = Tensors(folder, "output", session.OutputMetadata);
                if (inputs is null || outputs is null) return null;
                if (inputs.Concat(outputs).Any(t => t.Shape.Length == 0 || t.Shape[0] != inputs[0].Shape[0] || t.Shape.Contains(0))) return null;
                var signature = new ModelSignature([.. inputs.Select(t => t.Column)], [.. outputs.Select(t => t.Column)]);
                return new Case(path, signature, (int)inputs[0].Shape[0], inputs, outputs);
            }
            catch (OnnxRuntimeException)
            {
                return null;
            }
        }

        public bool Matches(IModelRuntime runtime)
        {
            var batch = new TensorBatch(runtime.Layout) { Rows = Rows };
            for (var i = 0; i < Inputs.Count; i++) Inputs[i].CopyTo(batch.Inputs[i]);
            runtime.Infer(batch);
            return Outputs.Select((output, i) => output.Equals(batch.Outputs[i])).All(same => same);
        }

        private static List<TensorFile>? Tensors(string folder, string kind, IReadOnlyDictionary<string, NodeMetadata> nodes)
        {
            var tensors = new List<TensorFile>();
            foreach (var (name, node) in nodes)
            {
                var file = System.IO.Path.Combine(folder, "test_data_set_0", $"{kind}_{tensors.Count}.pb");
                if (!node.IsTensor || !File.Exists(file) || TensorFile.Read(name, node, file) is not { } tensor) return null;
                tensors.Add(tensor);
            }

            return tensors.Count == 0 ? null : tensors;
        }
    }

    /// <summary>A TensorProto file: dims = 1, data_type = 2, float_data = 4, string_data = 6, raw_data = 9.</summary>
    private sealed record TensorFile(Column Column, long[] Shape, byte[] Raw, IReadOnlyList<string> Texts)
    {
        public static TensorFile? Read(string name, NodeMetadata node, string file)
        {
            ColumnType? type = node.ElementDataType switch
            {
                TensorElementType.Float => ColumnType.Fp32,
                TensorElementType.Double => ColumnType.Fp64,
                TensorElementType.Int64 => ColumnType.Int64,
                TensorElementType.Bool => ColumnType.Bool,
                TensorElementType.String => ColumnType.Bytes,
                _ => null,
            };
            if (type is null) return null;
            var bytes = File.ReadAllBytes(file).AsSpan();
            var (shape, raw, texts) = (new List<long>(), Array.Empty<byte>(), new List<string>());
            while (bytes.Length > 0)
            {
                var tag = Varint(ref bytes);
                if ((tag & 7) == 0)
                {
                    var value = Varint(ref bytes);
                    if (tag >> 3 == 1) shape.Add(value);
                    continue;
                }

                var length = (int)Varint(ref bytes);
                var content = bytes[..length];
                bytes = bytes[length..];
                if (tag >> 3 == 1) for (; content.Length > 0;) shape.Add(Varint(ref content));
                else if (tag >> 3 == 9) raw = content.ToArray();
                else if (tag >> 3 == 6) texts.Add(Encoding.UTF8.GetString(content));
            }

            if (raw.Length == 0 && texts.Count == 0) return null;
            return new TensorFile(new Column(name, type.Value, [.. shape.Skip(1)]), [.. shape], raw, texts);
        }

        public void CopyTo(TensorColumn column)
        {
            column.Resize((int)Shape[0], Shape.AsSpan(1));
            switch (column)
            {
                case SingleColumn c: MemoryMarshal.Cast<byte, float>(Raw).CopyTo(c.Buffer); break;
                case DoubleColumn c: MemoryMarshal.Cast<byte, double>(Raw).CopyTo(c.Buffer); break;
                case Int64Column c: MemoryMarshal.Cast<byte, long>(Raw).CopyTo(c.Buffer); break;
                case BoolColumn c: MemoryMarshal.Cast<byte, bool>(Raw).CopyTo(c.Buffer); break;
                case TextColumn c: Texts.ToArray().CopyTo(c.Buffer, 0); break;
                default: throw new ArgumentOutOfRangeException(nameof(column));
            }
        }

        public bool Equals(TensorColumn column) => column.RowShape.SequenceEqual(Shape.AsSpan(1)) && column switch
        {
            SingleColumn c => Near(c.Values.ToArray().Select(v => (double)v), MemoryMarshal.Cast<byte, float>(Raw).ToArray().Select(v => (double)v)),
            DoubleColumn c => Near(c.Values.ToArray(), MemoryMarshal.Cast<byte, double>(Raw).ToArray()),
            Int64Column c => c.Values.SequenceEqual(MemoryMarshal.Cast<byte, long>(Raw)),
            BoolColumn c => c.Values.SequenceEqual(MemoryMarshal.Cast<byte, bool>(Raw)),
            TextColumn c => c.Values.ToArray().SequenceEqual(Texts),
            _ => false,
        };

        private static bool Near(IEnumerable<double> actual, IEnumerable<double> expected) =>
            actual.Zip(expected).All(pair => pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) <= 1e-3 * Math.Max(1, Math.Abs(pair.Second)));

        private static long Varint(ref Span<byte> bytes)
        {
            var (value, shift, i) = (0L, 0, 0);
            for (; bytes[i] >= 0x80; i++, shift += 7) value |= (long)(bytes[i] & 0x7F) << shift;
            value |= (long)bytes[i] << shift;
            bytes = bytes[(i + 1)..];
            return value;
        }
    }
}
