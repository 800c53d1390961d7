using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Models.Opening;

/// <summary>
/// Reads what an ONNX file says of its graph (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), without its weights: nothing of it runs. A graph whose operators
/// take what nothing gives, or whose outputs nothing makes, is refused.
/// </summary>
internal sealed class OnnxReader
{
    private const int MaxNodes = 1_000_000;
    private const int MaxValues = 100_000;
    private const int MaxDimensions = 64;

    private static readonly string?[] ElementTypes =
        ["undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double", "uint32", "uint64", "complex64", "complex128", "bfloat16"];

    private readonly ProtobufStream _file;
    private readonly List<FileTensor> _inputs = [];
    private readonly List<FileTensor> _outputs = [];
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);
    private readonly List<(string Operator, List<string> Inputs, List<string> Outputs)> _nodes = [];
    private string? _producer;
    private long? _opset;
    private long _parameters;
    private bool _hasGraph;

    private OnnxReader(ProtobufStream file) => _file = file;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFileException">It is not one, or it is damaged.</exception>
    public static ModelFile Read(Stream content)
    {
        var reader = new OnnxReader(new ProtobufStream(content));
        reader.Model();
        if (!reader._hasGraph) throw ProtobufStream.Broken("it has no graph");
        if (reader._opset is null && reader._nodes.Count > 0) throw ProtobufStream.Broken("it names no operator set");
        if (reader._outputs.Count == 0) throw ProtobufStream.Broken("its graph has no outputs");
        reader.Connect();
        return new ModelFile(
            "onnx", reader._producer, reader._opset, reader._nodes.Count, reader._parameters,
            [.. reader._inputs.Where(input => !reader._initializers.Contains(input.Name))], reader._outputs);
    }

    private void Model()
    {
        var end = _file.Length;
        while (_file.Next(end, out var field, out var wire))
        {
            switch (field)
            {
                case 2: _producer = _file.Text(end, wire); break;
                case 7: Graph(_file.Message(end, wire)); break;
                case 8: OperatorSet(_file.Message(end, wire)); break;
                default: _file.Skip(end, wire); break;
            }
        }
    }

    private void OperatorSet(long end)
    {
        var (domain, version) = ("", (long?)null);
        while (_file.Next(end, out var field, out var wire))
        {
            if (field == 1) domain = _file.Text(end, wire);
            else if (field == 2) version = _file.Number(wire);
            else _file.Skip(end, wire);
        }

        // A graph may use other sets alone; the standard one is told when there.
        if (domain is "" or "ai.onnx") _opset = version;
        else _opset ??= version;
    }

    private void Graph(long end)
    {
        _hasGraph = true;
        while (_file.Next(end, out var field, out var wire))
        {
            switch (field)
            {
                case 1: Node(_file.Message(end, wire)); break;
                case 5: Initializer(_file.Message(end, wire)); break;
                case 11: _inputs.Add(Value(_file.Message(end, wire))); break;
                case 12: _outputs.Add(Value(_file.Message(end, wire))); break;
                case 15: SparseInitializer(_file.Message(end, wire)); break;
                default: _file.Skip(end, wire); break;
            }
        }
    }

    private void Node(long end)
    {
        if (_nodes.Count == MaxNodes) throw new ModelFileException($"A graph has at most {MaxNodes} operators here.");
        var (name, inputs, outputs) = ("", new List<string>(), new List<string>());
        while (_file.Next(end, out var field, out var wire))
        {
            switch (field)
            {
                case 1: inputs.Add(_file.Text(end, wire)); break;
                case 2: outputs.Add(_file.Text(end, wire)); break;
                case 4: name = _file.Text(end, wire); break;
                default: _file.Skip(end, wire); break;
            }
        }

        _nodes.Add((name, inputs, outputs));
    }

    private void Initializer(long end)
    {
        var (name, count, dimensions) = ("", 1L, 0);
        while (_file.Next(end, out var field, out var wire))
        {
            switch (field)
            {
                case 1 when wire == 2:
                    var stop = _file.Message(end, wire);
                    while (_file.Position < stop) (count, dimensions) = (Times(count, _file.Number(0)), dimensions + 1);
                    break;
                case 1: (count, dimensions) = (Times(count, _file.Number(wire)), dimensions + 1); break;
                case 8: name = _file.Text(end, wire); break;
                case 14 when _file.Number(wire) == 1:
                    throw new ModelFileException("Its weights are in other files: save it as one file.");
                case 14: break;
                default: _file.Skip(end, wire); break;
            }
        }

        _initializers.Add(name);
        _parameters += count;
    }

    private void SparseInitializer(long end)
    {
        while (_file.Next(end, out var field, out var wire))
        {
            if (field == 1) Initializer(_file.Message(end, wire));
            else _file.Skip(end, wire);
        }
    }

    private FileTensor Value(long end)
    {
        if (_inputs.Count + _outputs.Count == MaxValues) throw new ModelFileException($"A graph has at most {MaxValues} inputs and outputs here.");
        var (name, type, shape) = ("", "unknown", (IReadOnlyList<long>?)null);
        while (_file.Next(end, out var field, out var wire))
        {
            if (field == 1) name = _file.Text(end, wire);
            else if (field == 2) (type, shape) = Type(_file.Message(end, wire));
            else _file.Skip(end, wire);
        }

        return new FileTensor(name, type, shape);
    }

    private (string Type, IReadOnlyList<long>? Shape) Type(long end)
    {
        var found = ("unknown", (IReadOnlyList<long>?)null);
        while (_file.Next(end, out var field, out var wire))
        {
            if (field is 1 or 8) found = Tensor(_file.Message(end, wire));
            else
            {
                found = field switch { 4 => ("sequence", null), 5 => ("map", null), 9 => ("optional", null), _ => found };
                _file.Skip(end, wire);
            }
        }

        return found;
    }

    private (string Type, IReadOnlyList<long>? Shape) Tensor(long end)
    {
        var (type, shape) = ("unknown", (List<long>?)null);
        while (_file.Next(end, out var field, out var wire))
        {
            if (field == 1) type = _file.Number(wire) is >= 0 and var number && number < ElementTypes.Length ? ElementTypes[number]! : "other";
            else if (field == 2) shape = Shape(_file.Message(end, wire));
            else _file.Skip(end, wire);
        }

        return (type, shape);
    }

    private List<long> Shape(long end)
    {
        var shape = new List<long>();
        while (_file.Next(end, out var field, out var wire))
        {
            if (shape.Count == MaxDimensions) throw ProtobufStream.Broken($"a shape has more than {MaxDimensions} dimensions");
            if (field == 1) shape.Add(Dimension(_file.Message(end, wire)));
            else _file.Skip(end, wire);
        }

        return shape;
    }

    private long Dimension(long end)
    {
        var length = -1L;
        while (_file.Next(end, out var field, out var wire))
        {
            if (field == 1) length = _file.Number(wire);
            else _file.Skip(end, wire);
        }

        return length;
    }

    // Operators stand in an order in which each takes what is there already (ONNX IR, "Graphs").
    private void Connect()
    {
        var known = new HashSet<string>(_initializers, StringComparer.Ordinal);
        known.UnionWith(_inputs.Select(input => input.Name));
        for (var i = 0; i < _nodes.Count; i++)
        {
            var (name, inputs, outputs) = _nodes[i];
            if (inputs.Find(input => input.Length > 0 && !known.Contains(input)) is { } missing)
                throw new ModelFileException($"Its operator {i + 1}, {name}, takes '{missing}', which nothing before it gives.");
            known.UnionWith(outputs);
        }

        if (_outputs.Find(output => !known.Contains(output.Name)) is { } unmade) throw new ModelFileException($"Its output '{unmade.Name}' is made by no operator.");
    }

    // A damaged dimension must not overflow the sum.
    private static long Times(long count, long length) => length <= 0 ? 0 : count > long.MaxValue / 2 / length ? long.MaxValue / 1_000_000 : count * length;
}
