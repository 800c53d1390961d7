using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Mesh.Contracts;

/// <summary>How everything that crosses a service border is written as JSON: camelCase, enums as camelCase strings, unknown members refused.</summary>
public static class MeshJson
{
    /// <summary>Options for reading requests and for writing everything: unknown members are an error.</summary>
    public static JsonSerializerOptions Strict { get; } = Frozen(JsonUnmappedMemberHandling.Disallow);

    /// <summary>Options for reading answers and events of a newer peer: unknown members are skipped.</summary>
    public static JsonSerializerOptions Tolerant { get; } = Frozen(JsonUnmappedMemberHandling.Skip);

    /// <summary>Applies the rules of <see cref="Strict"/> or <see cref="Tolerant"/> to options that a framework owns.</summary>
    public static void Configure(JsonSerializerOptions options, JsonUnmappedMemberHandling unknown)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = unknown;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.RespectNullableAnnotations = true;
        // What is written leaves out nulls, so only a request can be asked for every parameter.
        options.RespectRequiredConstructorParameters = unknown == JsonUnmappedMemberHandling.Disallow;
        options.MaxDepth = 32;
        options.TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(LetNullsBeAbsent);
        options.Converters.Add(new EnumNameConverter());
    }

    // Nulls are not written, so what may be null need not be there when it is read.
    private static void LetNullsBeAbsent(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property.AssociatedParameter is { IsNullable: true }) property.IsRequired = false;
    }

    private static JsonSerializerOptions Frozen(JsonUnmappedMemberHandling unknown)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General);
        Configure(options, unknown);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
