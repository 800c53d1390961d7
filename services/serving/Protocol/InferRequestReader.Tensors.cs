using System.Text.Json;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Protocol;

internal ref partial struct InferRequestReader
{
    private const int NotNamed = -2;
    private const int Unknown = -1;

    private void ReadTensor()
    {
        if (!ExpectHere(JsonTokenType.StartObject, "", "a tensor: an object with 'name', 'shape', 'datatype' and 'data'")) return;
        Span<long> dimensions = stackalloc long[MaxRank];
        var (input, rank, name) = (NotNamed, -1, (string?)null);
        Datatype? sent = null;
        var data = default(Utf8JsonReader);
        var (hasData, isRead) = (false, false);
        while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            if (_json.ValueTextEquals("name"u8)) input = ReadName(out name);
            else if (_json.ValueTextEquals("shape"u8)) rank = ReadShape(dimensions);
            else if (_json.ValueTextEquals("datatype"u8)) sent = ReadDatatype();
            else if (_json.ValueTextEquals("parameters"u8)) ReadTensorParameters();
            else if (_json.ValueTextEquals("data"u8))
            {
                _json.Read();
                if (!ExpectHere(JsonTokenType.StartArray, ".data", "an array")) return;
                if (hasData) Fault(Here(".data"), "must be there once.");
                hasData = true;
                if (input != NotNamed && rank >= 0 && sent is { } type)
                {
                    ReadData(ref _json, input, name, dimensions[..rank], type);
                    isRead = true;
                }
                else
                {
                    // Fields may come in any order: come back when it is known what this is.
                    data = _json;
                    _json.Skip();
                }
            }
            else Fault(Here($".{_json.GetString()}"), "is not known here; a tensor has 'name', 'shape', 'datatype', 'parameters' and 'data'.");
            if (_fault is not null) return;
        }

        if (input == NotNamed) Fault(Here(".name"), "must be there.");
        else if (rank < 0) Fault(Here(".shape"), "must be there: the sizes of the dimensions, the number of rows first.");
        else if (sent is null) Fault(Here(".datatype"), "must be there, such as FP32.");
        else if (!hasData) Fault(Here(".data"), "must be there: the values as JSON. The binary form is not offered.");
        else if (!isRead) ReadData(ref data, input, name, dimensions[..rank], sent.Value);
    }

    private int ReadName(out string? name)
    {
        name = null;
        _json.Read();
        if (!ExpectHere(JsonTokenType.String, ".name", "a text")) return Unknown;
        // Tensors mostly come in the order of the signature.
        var inputs = _batch.Layout.Inputs;
        if (_tensor < inputs.Length && _json.ValueTextEquals(inputs[_tensor].Utf8Name)) return _tensor;
        name = _json.GetString()!;
        return _batch.Layout.IndexOfInput(name);
    }

    private int ReadShape(scoped Span<long> dimensions)
    {
        _json.Read();
        if (!ExpectHere(JsonTokenType.StartArray, ".shape", "an array of integers")) return 0;
        var rank = 0;
        while (_json.Read() && _json.TokenType is not JsonTokenType.EndArray)
        {
            if (rank == MaxRank)
            {
                Fault(Here(".shape"), $"must have at most {MaxRank} dimensions.");
                return 0;
            }

            if (_json.TokenType is not JsonTokenType.Number || !_json.TryGetInt64(out dimensions[rank]) || dimensions[rank] < 0)
            {
                Fault(Here($".shape[{rank}]"), "must be an integer, 0 or more.");
                return 0;
            }

            rank++;
        }

        return rank;
    }

    private Datatype? ReadDatatype()
    {
        _json.Read();
        if (!ExpectHere(JsonTokenType.String, ".datatype", "a text such as FP32")) return null;
        if (_json.ValueTextEquals("FP32"u8)) return Datatype.Fp32;
        var name = _json.GetString()!;
        if (Datatypes.Parse(name) is { } type) return type;
        Fault(Here(".datatype"), $"'{Shown(name)}' is not a datatype that JSON carries; BOOL, INT8 to INT64, UINT8 to UINT64, FP32, FP64 and BYTES are.");
        return null;
    }

    private void ReadTensorParameters()
    {
        _json.Read();
        if (_json.TokenType is JsonTokenType.Null) return;
        if (!ExpectHere(JsonTokenType.StartObject, ".parameters", "an object")) return;
        while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            if (_json.ValueTextEquals("binary_data_size"u8))
            {
                Fault(Here(".parameters.binary_data_size"), "is of the binary form, which is not offered; send 'data' as JSON.");
                return;
            }

            _json.Read();
            _json.Skip();
        }
    }

    private void ReadData(ref Utf8JsonReader json, int input, string? name, scoped ReadOnlySpan<long> shape, Datatype sent)
    {
        var layout = _batch.Layout;
        var isMatrix = false;
        if (input < 0)
        {
            if (layout.Inputs.Length == 1 && _tensor == 0) input = 0;
            else if (layout.TakesMatrix && _tensor == 0 && shape.Length == 2) isMatrix = true;
            else
            {
                Fault(Here(".name"), $"'{Shown(name ?? "")}' is not an input of the model; its inputs are {Listed(layout.Inputs)}"
                    + (layout.TakesMatrix ? $", or one tensor of shape [rows, {layout.Inputs.Length}] for all." : "."));
                return;
            }
        }

        if (!CheckRows(shape) || !(isMatrix ? PrepareMatrix(shape, sent) : PrepareColumn(_batch.Inputs[input], shape, sent))) return;
        var target = isMatrix ? null : _batch.Inputs[input];
        var next = 0;
        json.Read();
        if (json.TokenType is JsonTokenType.StartArray) ReadNested(ref json, target, sent, shape, ref next);
        else ReadFlat(ref json, target, sent, shape, ref next);
    }

    private void ReadFlat(ref Utf8JsonReader json, TensorColumn? target, Datatype sent, scoped ReadOnlySpan<long> shape, ref int next)
    {
        var count = 1;
        foreach (var dimension in shape) count *= (int)dimension;
        for (; json.TokenType is not JsonTokenType.EndArray; json.Read())
        {
            if (next == count) Fault(Here(".data"), $"must hold {count} values, as 'shape' says; it holds more.");
            else ReadValue(ref json, target, sent, ref next);
            if (_fault is not null) return;
        }

        if (next < count) Fault(Here(".data"), $"must hold {count} values, as 'shape' says; it holds {next}.");
    }

    // Stands on the first element of an array whose elements are the first dimension of the shape; stops on the end of that array.
    private void ReadNested(ref Utf8JsonReader json, TensorColumn? target, Datatype sent, scoped ReadOnlySpan<long> shape, ref int next)
    {
        var elements = 0L;
        for (; json.TokenType is not JsonTokenType.EndArray; json.Read(), elements++)
        {
            if (elements == shape[0]) break;
            if (shape.Length == 1)
            {
                if (json.TokenType is JsonTokenType.StartArray) Fault(Here(".data"), "is nested deeper than 'shape' says.");
                else ReadValue(ref json, target, sent, ref next);
            }
            else if (json.TokenType is not JsonTokenType.StartArray)
            {
                Fault(Here(".data"), "must be flat, or nested as deep as 'shape' says.");
            }
            else
            {
                json.Read();
                ReadNested(ref json, target, sent, shape[1..], ref next);
            }

            if (_fault is not null) return;
        }

        if (elements != shape[0] || json.TokenType is not JsonTokenType.EndArray)
            Fault(Here(".data"), $"must be nested as 'shape' says; one array does not hold {shape[0]} elements.");
    }

    private void ReadValue(ref Utf8JsonReader json, TensorColumn? target, Datatype sent, ref int next)
    {
        var inputs = _batch.Inputs;
        var wrong = target is not null
            ? target.Read(ref json, sent, next)
            : inputs[next % inputs.Length].Read(ref json, sent, next / inputs.Length);
        if (wrong is not null) Fault(Here($".data[{next}]"), wrong);
        next++;
    }

    private bool CheckRows(scoped ReadOnlySpan<long> shape)
    {
        if (shape.Length == 0) Fault(Here(".shape"), "must have the number of rows as its first dimension.");
        else if (shape[0] is < 1 or > MaxRows) Fault(Here(".shape[0]"), $"must be 1 to {MaxRows:N0} rows.");
        else if (_batch.Rows > 0 && shape[0] != _batch.Rows) Fault(Here(".shape[0]"), $"must be {_batch.Rows}, the number of rows of the tensors before it.");
        if (_fault is not null) return false;
        _batch.Rows = (int)shape[0];

        // Two bytes of body a value at the very least: nothing is allocated for values that cannot be there.
        var count = 1L;
        foreach (var dimension in shape)
        {
            count *= dimension;
            if (count > _bodyLength) break;
        }

        if (count <= _bodyLength) return true;
        Fault(Here(".data"), "holds fewer values than 'shape' says.");
        return false;
    }

    private bool PrepareMatrix(scoped ReadOnlySpan<long> shape, Datatype sent)
    {
        var inputs = _batch.Inputs;
        if (shape[1] != inputs.Length)
        {
            Fault(Here(".shape[1]"), $"must be {inputs.Length}, the number of the model's inputs, in the order of its signature.");
            return false;
        }

        foreach (var column in inputs)
        {
            if (!sent.Fills(column.Spec.Type))
            {
                Fault(Here(".datatype"), $"{Name(sent)} cannot fill '{column.Spec.Name}', which is {column.Spec.Datatype}.");
                return false;
            }

            column.Resize(_batch.Rows, []);
            column.IsFilled = true;
        }

        return true;
    }

    private bool PrepareColumn(TensorColumn column, scoped ReadOnlySpan<long> shape, Datatype sent)
    {
        var spec = column.Spec;
        if (column.IsFilled) Fault(Here(".name"), $"'{spec.Name}' came before.");
        else if (!sent.Fills(spec.Type)) Fault(Here(".datatype"), $"{Name(sent)} cannot fill '{spec.Name}', which is {spec.Datatype}.");
        else if (!Fits(spec, shape[1..])) Fault(Here(".shape"), $"must be [{Wanted(spec)}], as the model's signature says.");
        if (_fault is not null) return false;
        column.Resize(_batch.Rows, spec.IsScalar ? [] : shape[1..]);
        column.IsFilled = true;
        return true;
    }

    private static bool Fits(TensorSpec spec, scoped ReadOnlySpan<long> rowShape)
    {
        if (spec.IsScalar) return rowShape is [] or [1];
        if (rowShape.Length != spec.Shape.Length) return false;
        for (var i = 0; i < rowShape.Length; i++)
            if (spec.Shape[i] >= 0 && spec.Shape[i] != rowShape[i]) return false;
        return true;
    }

    private static string Wanted(TensorSpec spec) => string.Join(", ", (string[])["rows", .. spec.Shape.Select(d => d < 0 ? "any" : $"{d}")]);

    private static string Name(Datatype type) => type.ToString().ToUpperInvariant();

    private bool ExpectHere(JsonTokenType type, string rest, string what) => _json.TokenType == type || Expect(type, Here(rest), what);

    private readonly string Here(string rest = "") => $"inputs[{_tensor}]{rest}";
}
