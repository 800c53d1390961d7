using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Hosting.Mlflow;

/// <summary>How answers are written: snake case, what is null or empty is left out, numbers that JSON has no form for as texts.</summary>
public static class MlflowJson
{
    /// <summary>Of all answers.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The answer of a call that has nothing to say.</summary>
    public static readonly JsonHttpResult<MlflowNothing> Nothing = Answer(new MlflowNothing());

    /// <summary>An answer.</summary>
    public static JsonHttpResult<T> Answer<T>(T value) => TypedResults.Json(value, Options);

    /// <summary>Lists that are empty are left out.</summary>
    public static IReadOnlyList<T>? OrAbsent<T>(this IReadOnlyList<T> items) => items.Count == 0 ? null : items;
}

/// <summary><c>{}</c></summary>
public sealed record MlflowNothing;

/// <summary>A tag, or a param.</summary>
public sealed record MlflowPair(string Key, string Value);
