using System.Globalization;
using System.Text.Json;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Protocol;

/// <summary>Writes the answer to an infer request straight from the columns of a batch.</summary>
internal static class InferResponseWriter
{
    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model_name");
    private static readonly JsonEncodedText ModelVersion = JsonEncodedText.Encode("model_version");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Outputs = JsonEncodedText.Encode("outputs");
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText Datatype = JsonEncodedText.Encode("datatype");
    private static readonly JsonEncodedText Shape = JsonEncodedText.Encode("shape");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");

    /// <summary>Writes and flushes the writer. Values that JSON cannot say (not a number, infinite) become null.</summary>
    public static void Write(Utf8JsonWriter json, string model, int version, TensorBatch batch, in InferHead head)
    {
        json.WriteStartObject();
        json.WriteString(ModelName, model);
        Span<char> number = stackalloc char[11];
        version.TryFormat(number, out var length, provider: CultureInfo.InvariantCulture);
        json.WriteString(ModelVersion, number[..length]);
        if (head.Id is not null) json.WriteString(Id, head.Id);
        json.WriteStartArray(Outputs);
        for (var i = 0; i < batch.Outputs.Length; i++)
            if (head.Wanted is null || head.Wanted[i]) Write(json, batch.Outputs[i]);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    private static void Write(Utf8JsonWriter json, TensorColumn column)
    {
        json.WriteStartObject();
        json.WriteString(Name, column.Spec.EncodedName);
        json.WriteString(Datatype, column.Spec.Datatype);
        json.WriteStartArray(Shape);
        json.WriteNumberValue(column.Rows);
        foreach (var dimension in column.RowShape) json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray(Data);
        for (var i = 0; i < column.Count; i++) column.Write(json, i);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
