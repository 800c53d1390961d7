using System.Text.Json;
using Mesh.Hosting.Decisions;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Protocol;

/// <summary>What an infer request says besides its tensors.</summary>
/// <param name="Id">To be echoed.</param>
/// <param name="EventTime">When the rows happened; null: now.</param>
/// <param name="Wanted">By output, whether the caller wants it; null: all.</param>
/// <param name="BodyLength">Bytes of the request's body.</param>
internal readonly record struct InferHead(string? Id, DateTimeOffset? EventTime, bool[]? Wanted, int BodyLength = 0);

/// <summary>
/// Reads an infer request of the Open Inference Protocol from UTF-8 JSON straight into the typed columns of a batch, without a document in between.
/// Tensors come one per input of the model, or, where all inputs are single numbers, as one tensor <c>[rows, features]</c> of any other name.
/// </summary>
internal ref partial struct InferRequestReader
{
    /// <summary>Most rows in one request.</summary>
    public const int MaxRows = 100_000;

    /// <summary>Longest body in bytes.</summary>
    public const int MaxBody = 16 << 20;

    private const int MaxRank = 8;
    private const int MaxId = 200;

    private readonly TensorBatch _batch;
    private readonly int _bodyLength;
    private readonly int _rowMultiple;
    private Utf8JsonReader _json;
    private Rejection? _fault;
    private int _tensor;
    private string? _id;
    private DateTimeOffset? _eventTime;
    private bool[]? _wanted;

    private InferRequestReader(ReadOnlySpan<byte> body, TensorBatch batch, int rowMultiple)
    {
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 16 });
        (_batch, _bodyLength, _rowMultiple) = (batch, body.Length, rowMultiple);
    }

    /// <summary>Fills the inputs of a batch.</summary>
    /// <param name="rowMultiple">The number of rows must be a multiple of it.</param>
    /// <returns>The caller's fault, null when there is none.</returns>
    public static Rejection? Read(ReadOnlySpan<byte> body, TensorBatch batch, int rowMultiple, out InferHead head)
    {
        var reader = new InferRequestReader(body, batch, rowMultiple);
        try
        {
            reader.ReadRequest();
        }
        catch (JsonException e)
        {
            reader._fault ??= Rejection.Malformed("body.malformed", $"The body is not JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            // The reader's way to say that a text is not UTF-8 or has half a surrogate pair.
            reader._fault ??= Rejection.Malformed("body.malformed", "The body holds a text that is not valid UTF-8.");
        }

        head = new InferHead(reader._id, reader._eventTime, reader._wanted, body.Length);
        return reader._fault;
    }

    private void ReadRequest()
    {
        _json.Read();
        if (!Expect(JsonTokenType.StartObject, "", "an object with 'inputs'")) return;
        var seen = false;
        while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            if (_json.ValueTextEquals("inputs"u8))
            {
                if (seen) Fault("inputs", "must be there once.");
                seen = true;
                ReadInputs();
            }
            else if (_json.ValueTextEquals("id"u8)) ReadId();
            else if (_json.ValueTextEquals("parameters"u8)) ReadParameters();
            else if (_json.ValueTextEquals("outputs"u8)) ReadOutputs();
            else Fault(_json.GetString()!, "is not known here; an infer request has 'id', 'parameters', 'inputs' and 'outputs'.");
            if (_fault is not null) return;
        }

        // Whatever follows the object is not JSON: the reader throws.
        _json.Read();
        if (!seen) Fault("inputs", "must be there: an array of tensors.");
        else RequireAll();
    }

    private void ReadInputs()
    {
        _json.Read();
        if (!Expect(JsonTokenType.StartArray, "inputs", "an array of tensors")) return;
        for (_tensor = 0; _json.Read() && _json.TokenType is not JsonTokenType.EndArray; _tensor++)
        {
            ReadTensor();
            if (_fault is not null) return;
        }
    }

    private void ReadId()
    {
        _json.Read();
        if (_json.TokenType is JsonTokenType.Null) return;
        if (!Expect(JsonTokenType.String, "id", "a text")) return;
        _id = _json.GetString();
        if (_id!.Length > MaxId) Fault("id", $"must be at most {MaxId} characters.");
    }

    private void ReadParameters()
    {
        _json.Read();
        if (_json.TokenType is JsonTokenType.Null) return;
        if (!Expect(JsonTokenType.StartObject, "parameters", "an object")) return;
        while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
        {
            var isEventTime = _json.ValueTextEquals("event_time"u8);
            _json.Read();
            if (!isEventTime) _json.Skip();
            else if (_json.TokenType is JsonTokenType.String && _json.TryGetDateTimeOffset(out var time)) _eventTime = time.ToUniversalTime();
            else Fault("parameters.event_time", "must be a time as RFC 3339 writes it, such as 2025-01-31T12:00:00Z.");
            if (_fault is not null) return;
        }
    }

    private void ReadOutputs()
    {
        _json.Read();
        if (_json.TokenType is JsonTokenType.Null) return;
        if (!Expect(JsonTokenType.StartArray, "outputs", "an array of outputs")) return;
        for (var i = 0; _json.Read() && _json.TokenType is not JsonTokenType.EndArray; i++)
        {
            if (!Expect(JsonTokenType.StartObject, $"outputs[{i}]", "an object with a 'name'")) return;
            var named = false;
            while (_json.Read() && _json.TokenType is JsonTokenType.PropertyName)
            {
                if (_json.ValueTextEquals("name"u8))
                {
                    _json.Read();
                    if (!Expect(JsonTokenType.String, $"outputs[{i}].name", "a text")) return;
                    var name = _json.GetString()!;
                    var index = _batch.Layout.IndexOfOutput(name);
                    if (index < 0)
                    {
                        Fault($"outputs[{i}].name", $"'{Shown(name)}' is not an output of the model; its outputs are {Listed(_batch.Layout.Outputs)}.");
                        return;
                    }

                    (_wanted ??= new bool[_batch.Layout.Outputs.Length])[index] = named = true;
                }
                else if (_json.ValueTextEquals("parameters"u8))
                {
                    _json.Read();
                    _json.Skip();
                }
                else
                {
                    Fault($"outputs[{i}].{_json.GetString()}", "is not known here; a requested output has 'name' and 'parameters'.");
                    return;
                }
            }

            if (!named) Fault($"outputs[{i}].name", "must be there.");
            if (_fault is not null) return;
        }
    }

    private void RequireAll()
    {
        if (_batch.Inputs.Any(input => !input.IsFilled))
        {
            var missing = _batch.Inputs.Where(input => !input.IsFilled).Select(input => input.Spec).ToArray();
            Fault("inputs", $"must hold every input of the model; {Listed(missing)} {(missing.Length == 1 ? "is" : "are")} missing.");
        }
        else if (_batch.Rows % _rowMultiple != 0)
        {
            Fault("inputs[0].shape", $"must have a multiple of {_rowMultiple} rows: the model's batch size is fixed.");
        }
    }

    private bool Expect(JsonTokenType type, string field, string what)
    {
        if (_json.TokenType == type) return true;
        Fault(field, $"must be {what}.");
        return false;
    }

    private void Fault(string field, string message) =>
        _fault ??= Rejection.Malformed("infer.invalid", field.Length == 0 ? $"The body {message}" : $"'{field}' {message}", field);

    private static string Shown(string name) => name.Length <= 100 ? name : name[..100] + "…";

    private static string Listed(TensorSpec[] specs) =>
        string.Join(", ", specs.Take(5).Select(spec => $"'{spec.Name}'")) + (specs.Length > 5 ? $" and {specs.Length - 5} more" : "");
}
