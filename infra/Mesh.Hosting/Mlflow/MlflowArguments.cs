using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Hosting.Mlflow;

/// <summary>
/// What a call of the MLflow protocol carries: the JSON body, or the query of a GET or DELETE without one. Follows the conventions of protobuf's JSON: 64-bit integers
/// and enums as numbers or strings, null for absent, unknown fields ignored. Every fault names the parameter as MLflow's server does.
/// </summary>
public sealed class MlflowArguments
{
    private readonly JsonElement _object;
    private readonly string _path;

    private MlflowArguments(JsonElement value, string path) => (_object, _path) = (value, path);

    /// <summary>Binds the endpoint parameter.</summary>
    /// <exception cref="RejectedException">The body is no JSON object.</exception>
    public static async ValueTask<MlflowArguments?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var request = context.Request;
        var hasQuery = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsDelete(request.Method);
        if (hasQuery && (request.ContentLength is 0 || context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })) return OfQuery(request.Query);
        if (!request.HasJsonContentType()) throw MlflowRefusal.Invalid("Bad Request. Content-Type must be 'application/json'.");
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: context.RequestAborted);
            return Of(document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw MlflowRefusal.Invalid($"The body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine}.");
        }
    }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="RejectedException">It is something else.</exception>
    public static MlflowArguments Of(JsonElement root) => root.ValueKind is JsonValueKind.Object
        ? new MlflowArguments(root, "")
        : throw MlflowRefusal.Invalid("The body must be a JSON object.");

    /// <summary>Whether the parameter was sent.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text, or null when it is absent.</summary>
    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => Read(name, value),
        { } value => throw Wrong(name, value, "a string"),
    };

    /// <summary>A text that must be there and must not be empty.</summary>
    public string Required(string name) => Text(name) is { Length: > 0 } text ? text : throw MlflowRefusal.Missing(PathOf(name));

    /// <summary>A text that must be there and may be empty.</summary>
    public string RequiredText(string name) => Text(name) ?? throw MlflowRefusal.Missing(PathOf(name));

    /// <summary>A 64-bit integer, as a number or as a string, or null when it is absent.</summary>
    public long? Integer(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) => number,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 1L << 53 => (long)number,
        { ValueKind: JsonValueKind.String } value when long.TryParse(Read(name, value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        { } value => throw Wrong(name, value, "an integer of 64 bits"),
    };

    /// <summary>A 64-bit integer that must be there.</summary>
    public long RequiredInteger(string name) => Integer(name) ?? throw MlflowRefusal.Missing(PathOf(name));

    /// <summary>A number that must be there; <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c> are numbers.</summary>
    public double RequiredNumber(string name) => Find(name) switch
    {
        null => throw MlflowRefusal.Missing(PathOf(name)),
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        { ValueKind: JsonValueKind.String } value when TryParse(Read(name, value), out var number) => number,
        { } value => throw Wrong(name, value, "a number"),
    };

    /// <summary>A truth value, or null when it is absent.</summary>
    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } value when bool.TryParse(Read(name, value), out var flag) => flag,
        { } value => throw Wrong(name, value, "true or false"),
    };

    /// <summary>A list of texts; empty when it is absent.</summary>
    public IReadOnlyList<string> Texts(string name) => Find(name) switch
    {
        null => [],
        // A parameter of a query that came once.
        { ValueKind: JsonValueKind.String } value => [Read(name, value)],
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select((item, i) => item.ValueKind is JsonValueKind.String
            ? Read($"{name}[{i}]", item)
            : throw Wrong($"{name}[{i}]", item, "a string"))],
        { } value => throw Wrong(name, value, "a list of strings"),
    };

    /// <summary>A list of objects; empty when it is absent.</summary>
    public IReadOnlyList<MlflowArguments> Items(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select((item, i) => item.ValueKind is JsonValueKind.Object
            ? new MlflowArguments(item, PathOf($"{name}[{i}]"))
            : throw Wrong($"{name}[{i}]", item, "an object"))],
        { } value => throw Wrong(name, value, "a list of objects"),
    };

    /// <summary>An object that must be there.</summary>
    public MlflowArguments RequiredObject(string name) => Object(name) ?? throw MlflowRefusal.Missing(PathOf(name));

    /// <summary>An object, or null when it is absent.</summary>
    public MlflowArguments? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new MlflowArguments(value, PathOf(name)),
        { } value => throw Wrong(name, value, "an object"),
    };

    /// <summary>A value as it stands, whatever it is, or null when it is absent.</summary>
    public JsonElement? Json(string name) => Find(name);

    /// <summary>Pairs of key and value: tags. A later pair of the same key counts.</summary>
    public Dictionary<string, string> Pairs(string name)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in Items(name)) pairs[item.Required("key")] = item.Text("value") ?? "";
        return pairs;
    }

    /// <summary>An object of texts by their keys; empty when it is absent.</summary>
    public Dictionary<string, string> Map(string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Object(name) is not { } entries) return map;
        foreach (var entry in entries._object.EnumerateObject())
        {
            // A name that is no text in Unicode cannot be read.
            var key = KeyOf(entry) ?? throw Wrong(name, "an object with keys in Unicode");
            map[key] = entry.Value.ValueKind is JsonValueKind.String ? entries.Read(key, entry.Value) : throw entries.Wrong(key, entry.Value, "a string");
        }

        return map;
    }

    /// <summary>The refusal of a value that is out of range.</summary>
    public RejectedException Wrong(string name, string expected) => Find(name) is { } value ? Wrong(name, value, expected) : MlflowRefusal.Missing(PathOf(name));

    private static bool TryParse(string text, out double number)
    {
        number = text switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => 0,
        };
        return number != 0 || double.IsNaN(number)
            || (double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out number) && double.IsFinite(number));
    }

    private static MlflowArguments OfQuery(IQueryCollection query)
    {
        var values = new JsonObject();
        foreach (var (name, value) in query)
        {
            // Lists come as repeated parameters, by some clients with brackets behind the name.
            var key = name.EndsWith("[]", StringComparison.Ordinal) ? name[..^2] : name;
            values[key] = value.Count == 1 ? value[0] : new JsonArray([.. value.Select(item => (JsonNode?)item)]);
        }

        return Of(JsonSerializer.SerializeToElement(values));
    }

    // Half of a surrogate pair is no text.
    private string Read(string name, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, value, "text in Unicode");
        }
    }

    private static string? KeyOf(JsonProperty entry)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private JsonElement? Find(string name) => _object.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    private string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private RejectedException Wrong(string name, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        return MlflowRefusal.Invalid($"Invalid value {(text.Length <= 200 ? text : $"{text[..200]}…")} for parameter '{PathOf(name)}' supplied: it must be {expected}.");
    }
}
