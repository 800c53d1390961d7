using System.Text;

namespace Mesh.Testing;

/// <summary>Writes ONNX files as the protobuf bytes that they are: just enough of the format for small graphs.</summary>
public sealed class OnnxFile
{
    public const int Float = 1;
    public const int Int64 = 7;
    public const int Text = 8;

    private readonly List<byte> _graph = [];

    /// <summary>A node: <c>op(inputs) → output</c>.</summary>
    public OnnxFile Node(string op, string[] inputs, string output)
    {
        var node = new List<byte>();
        foreach (var input in inputs) Write(node, 1, input);
        Write(node, 2, output);
        Write(node, 4, op);
        Write(_graph, 1, node);
        return this;
    }

    /// <summary>A constant of floats.</summary>
    public OnnxFile Constant(string name, long[] shape, float[] values)
    {
        var tensor = new List<byte>();
        foreach (var dimension in shape) Write(tensor, 1, dimension);
        Write(tensor, 2, Float);
        Write(tensor, 8, name);
        Write(tensor, 9, values.SelectMany(BitConverter.GetBytes).ToArray());
        Write(_graph, 5, tensor);
        return this;
    }

    /// <summary>An input; a dimension of -1 is open.</summary>
    public OnnxFile Input(string name, int type, params long[] shape) => Value(11, name, type, shape);

    /// <summary>An output; a dimension of -1 is open.</summary>
    public OnnxFile Output(string name, int type, params long[] shape) => Value(12, name, type, shape);

    public byte[] ToArray()
    {
        var model = new List<byte>();
        var opset = new List<byte>();
        Write(opset, 2, 13);
        Write(_graph, 2, "graph");
        Write(model, 1, 8);
        Write(model, 7, _graph);
        Write(model, 8, opset);
        return [.. model];
    }

    /// <summary>One row in, one score out: <c>score = a·x + b·y + c</c>.</summary>
    public static byte[] Linear(float a, float b, float c, long rows = -1) => new OnnxFile()
        .Input("features", Float, rows, 2)
        .Constant("weights", [2, 1], [a, b])
        .Constant("bias", [1], [c])
        .Node("MatMul", ["features", "weights"], "product")
        .Node("Add", ["product", "bias"], "score")
        .Output("score", Float, rows, 1)
        .ToArray();

    private OnnxFile Value(int field, string name, int type, long[] shape)
    {
        var dimensions = new List<byte>();
        foreach (var size in shape)
        {
            var dimension = new List<byte>();
            if (size < 0) Write(dimension, 2, "n");
            else Write(dimension, 1, size);
            Write(dimensions, 1, dimension);
        }

        var tensor = new List<byte>();
        Write(tensor, 1, type);
        Write(tensor, 2, dimensions);
        var kind = new List<byte>();
        Write(kind, 1, tensor);
        var value = new List<byte>();
        Write(value, 1, name);
        Write(value, 2, kind);
        Write(_graph, field, value);
        return this;
    }

    private static void Write(List<byte> to, int field, List<byte> message) => Write(to, field, message.ToArray());

    private static void Write(List<byte> to, int field, string text) => Write(to, field, Encoding.UTF8.GetBytes(text));

    private static void Write(List<byte> to, int field, byte[] bytes)
    {
        Varint(to, (ulong)((field << 3) | 2));
        Varint(to, (ulong)bytes.Length);
        to.AddRange(bytes);
    }

    private static void Write(List<byte> to, int field, long number)
    {
        Varint(to, (ulong)(field << 3));
        Varint(to, (ulong)number);
    }

    private static void Varint(List<byte> to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.Add((byte)(value | 0x80));
        to.Add((byte)value);
    }
}
