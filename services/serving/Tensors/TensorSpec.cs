using System.Text;
using System.Text.Json;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Serving.Tensors;

/// <summary>One input or output of a model, prepared for the hot path.</summary>
internal sealed class TensorSpec
{
    public TensorSpec(Column column)
    {
        Name = column.Name;
        Utf8Name = Encoding.UTF8.GetBytes(column.Name);
        EncodedName = JsonEncodedText.Encode(column.Name);
        Type = column.Type;
        Datatype = Datatypes.NameOf(column.Type);
        Shape = [.. column.Shape ?? []];
        Width = Shape.Any(dimension => dimension < 0) ? -1 : checked((int)Shape.Aggregate(1L, (product, dimension) => checked(product * dimension)));
    }

    public string Name { get; }

    public byte[] Utf8Name { get; }

    public JsonEncodedText EncodedName { get; }

    public ColumnType Type { get; }

    /// <summary>The protocol's name of <see cref="Type"/>.</summary>
    public string Datatype { get; }

    /// <summary>Shape of one row: empty for a scalar; -1 is any length.</summary>
    public long[] Shape { get; }

    /// <summary>Values in one row; -1 when a dimension is of any length.</summary>
    public int Width { get; }

    public bool IsScalar => Shape.Length == 0;

    public bool IsNumber => Type is ColumnType.Fp32 or ColumnType.Fp64 or ColumnType.Int64;
}

/// <summary>What a model takes and gives, in the order of its signature.</summary>
internal sealed class ModelLayout
{
    private readonly Dictionary<string, int> _inputs;

    /// <exception cref="ArgumentException">Two inputs or two outputs have one name.</exception>
    public ModelLayout(ModelSignature signature)
    {
        Inputs = [.. signature.Inputs.Select(column => new TensorSpec(column))];
        Outputs = [.. signature.Outputs.Select(column => new TensorSpec(column))];
        _inputs = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Inputs.Length; i++)
            if (!_inputs.TryAdd(Inputs[i].Name, i)) throw new ArgumentException($"Two inputs are named '{Inputs[i].Name}'.", nameof(signature));
        if (Outputs.DistinctBy(o => o.Name).Count() != Outputs.Length) throw new ArgumentException("Two outputs have the same name.", nameof(signature));
        Captured = new PredictionColumns(Inputs.Select(ToCaptured), Outputs.Select(ToCaptured));
        TensorSpec[] all = [.. Inputs, .. Outputs];
        if (Array.TrueForAll(all, spec => spec.Width >= 0)) RowValues = all.Sum(spec => (long)spec.Width);
        TakesMatrix = Inputs.Length > 1 && Inputs.All(input => input is { IsScalar: true, IsNumber: true });
    }

    public TensorSpec[] Inputs { get; }

    public TensorSpec[] Outputs { get; }

    /// <summary>Values in one row, over all columns; null when that differs.</summary>
    public long? RowValues { get; }

    /// <summary>The columns as they stand in captured rows.</summary>
    public PredictionColumns Captured { get; }

    /// <summary>Whether one tensor of shape <c>[rows, features]</c> can stand for all inputs, since all are single numbers.</summary>
    public bool TakesMatrix { get; }

    /// <summary>Position of an input, -1 when there is none of that name.</summary>
    public int IndexOfInput(string name) => _inputs.GetValueOrDefault(name, -1);

    /// <summary>Position of an output, -1 when there is none of that name.</summary>
    public int IndexOfOutput(string name) => Array.FindIndex(Outputs, output => output.Name == name);

    private static PredictionColumn ToCaptured(TensorSpec spec) => new(spec.Name, spec.Type, spec.IsScalar);
}
