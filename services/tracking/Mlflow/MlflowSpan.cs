using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Tracking.Mlflow;

/// <summary>A span as it is kept, which is as it is shown.</summary>
[JsonConverter(typeof(AsItIs))]
internal readonly record struct MlflowSpan(string Json)
{
    private sealed class AsItIs : JsonConverter<MlflowSpan>
    {
        public override MlflowSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Spans are only written.");

        public override void Write(Utf8JsonWriter writer, MlflowSpan value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json, skipInputValidation: true);
    }
}
