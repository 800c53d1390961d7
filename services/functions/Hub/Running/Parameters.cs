using System.Globalization;
using System.Text.Json;
using Mesh.Contracts.Functions;

namespace Mesh.Hub.Running;

/// <summary>The params of one job, checked against what its item takes.</summary>
internal sealed class Parameters
{
    private readonly Dictionary<string, HubParam> _params;
    private readonly Dictionary<string, string> _values;

    /// <exception cref="HubFailure">A param is unknown, or a required one is missing.</exception>
    public Parameters(HubItem item, IReadOnlyDictionary<string, string> values)
    {
        _params = item.Params.ToDictionary(p => p.Name, StringComparer.Ordinal);
        _values = values.Where(v => !string.IsNullOrWhiteSpace(v.Value)).ToDictionary(v => v.Key, v => v.Value.Trim(), StringComparer.Ordinal);
        if (values.Keys.FirstOrDefault(k => item.Params.All(p => p.Name != k)) is { } unknown)
            throw new HubFailure($"{item.Name} has no param '{unknown}'; it takes {string.Join(", ", item.Params.Select(p => p.Name))}.");
        foreach (var param in item.Params)
        {
            if (param.Required && !_values.ContainsKey(param.Name)) throw new HubFailure($"{item.Name} needs the param '{param.Name}': {param.Description}");
            if (param.Default is { } standard) _values.TryAdd(param.Name, standard);
        }
    }

    /// <summary>Every value, the defaults included.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public string Text(string name) => _values[name];

    public string? Optional(string name) => _values.GetValueOrDefault(name);

    /// <summary>The values of a list that commas part.</summary>
    public IReadOnlyList<string> List(string name) =>
        _values.TryGetValue(name, out var text) ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>A whole number within the bounds of the param.</summary>
    public int Integer(string name) =>
        int.TryParse(_values[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && IsWithin(name, value)
            ? value
            : throw new HubFailure($"The param '{name}' must be a whole number{Bounds(name)}, not '{_values[name]}'.");

    /// <summary>A number within the bounds of the param.</summary>
    public double Number(string name) =>
        double.TryParse(_values[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && IsWithin(name, value)
            ? value
            : throw new HubFailure($"The param '{name}' must be a number{Bounds(name)}, not '{_values[name]}'.");

    /// <summary>One of the choices of the param.</summary>
    public string Choice(string name) => _params[name].Choices!.Contains(_values[name])
        ? _values[name]
        : throw new HubFailure($"The param '{name}' must be one of {string.Join(", ", _params[name].Choices!)}, not '{_values[name]}'.");

    /// <summary>The values that a param may have; of a list, those that its elements may have.</summary>
    public IReadOnlyList<string> Choices(string name) => _params[name].Choices!;

    private bool IsWithin(string name, double value) => !(value < _params[name].Min) && !(value > _params[name].Max);

    private string Bounds(string name) => (_params[name].Min, _params[name].Max) switch
    {
        ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $" from {min} to {max}"),
        ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $" of at least {min}"),
        (null, { } max) => string.Create(CultureInfo.InvariantCulture, $" of at most {max}"),
        _ => "",
    };

    /// <summary>Reads <c>MESH_PARAMS</c>: a JSON object of texts.</summary>
    public static IReadOnlyDictionary<string, string> FromJson(string? json)
    {
        if (string.IsNullOrWhiteSpace(json)) return new Dictionary<string, string>();
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!
                .ToDictionary(p => p.Key, p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString()! : p.Value.GetRawText());
        }
        catch (JsonException e)
        {
            throw new HubFailure($"MESH_PARAMS is not a JSON object: {e.Message}");
        }
    }
}
