using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.Functions.Hubs;

/// <summary>Reads the manifest of an item strictly: every fault with its place, and no field that is not known.</summary>
internal sealed class ManifestReader
{
    /// <summary>The most characters that a manifest has.</summary>
    public const int MostCharacters = 256 * 1024;

    private const int MostFaults = 20;
    private const int MostCategories = 10;

    private readonly string _path;
    private readonly List<HubFault> _faults = [];
    private readonly Dictionary<string, Mark> _places = new(StringComparer.Ordinal);

    private ManifestReader(string path) => _path = path;

    /// <param name="path">The file, as faults name it.</param>
    /// <returns>The manifest, or at most 20 faults.</returns>
    public static (HubManifest? Manifest, IReadOnlyList<HubFault> Faults) Read(string text, string path)
    {
        if (text.Length > MostCharacters) return (null, [new HubFault(path, $"must hold at most {MostCharacters / 1024} KiB.")]);
        var (root, fault) = ManifestText.Parse(text, path);
        if (root is null) return (null, [fault!]);
        var reader = new ManifestReader(path);
        var manifest = reader.Manifest(root);
        if (manifest is not null && reader._faults.Count == 0) reader.Check(manifest);
        return reader._faults.Count == 0 ? (manifest, []) : (null, [.. reader._faults.Take(MostFaults)]);
    }

    /// <summary>What a function of this manifest is, but for where its files are.</summary>
    public static DefineFunction ToDefinition(HubManifest manifest) => new(
        FunctionKind.Process, manifest.Command, Environment: manifest.Environment?.ToDictionary(), Secrets: manifest.Secrets, MaxAttempts: manifest.MaxAttempts,
        TimeoutSeconds: manifest.TimeoutSeconds, Description: manifest.Description)
    {
        ParamSpecs = manifest.Params,
        Inputs = manifest.Inputs,
        Outputs = manifest.Outputs,
        Requirements = manifest.Requirements,
    };

    private HubManifest? Manifest(YamlNode root)
    {
        var map = Map(
            root, "", "name", "version", "description", "categories", "doc", "command", "params", "inputs", "outputs", "requirements", "environment", "secrets", "maxAttempts",
            "timeoutSeconds", "example");
        if (map is null) return null;
        return new HubManifest(Needed(map, "name"), Needed(map, "version"), Needed(map, "description"), Texts(map, "command") ?? [])
        {
            Categories = Texts(map, "categories"),
            Doc = Text(map, "", "doc"),
            Params = Each(map, "params", Param),
            Inputs = Each(map, "inputs", Input),
            Outputs = Each(map, "outputs", Output),
            Requirements = Texts(map, "requirements"),
            Environment = Pairs(map, "", "environment"),
            Secrets = Texts(map, "secrets"),
            MaxAttempts = (int?)Number(map, "", "maxAttempts", whole: true),
            TimeoutSeconds = (int?)Number(map, "", "timeoutSeconds", whole: true),
            Example = map.TryGetValue("example", out var example) && Map(example, "example", "params", "inputs") is { } parts
                ? new HubExample(Pairs(parts, "example.", "params"), Pairs(parts, "example.", "inputs"))
                : null,
        };
    }

    private ParamSpec? Param(YamlNode node, string field)
    {
        if (Map(node, field, "name", "type", "default", "required", "min", "max", "choices", "description") is not { } map) return null;
        var at = $"{field}.";
        return new ParamSpec(
            Needed(map, "name", at), Choice(map, at, "type", ParamType.String), Text(map, at, "default"), Flag(map, at, "required", false), Number(map, at, "min"),
            Number(map, at, "max"), Texts(map, "choices", at), Text(map, at, "description"));
    }

    private InputSpec? Input(YamlNode node, string field)
    {
        if (Map(node, field, "name", "uri", "required", "description") is not { } map) return null;
        var at = $"{field}.";
        return new InputSpec(Needed(map, "name", at), Text(map, at, "uri"), Flag(map, at, "required", true), Text(map, at, "description"));
    }

    private OutputSpec? Output(YamlNode node, string field)
    {
        if (Map(node, field, "name", "path", "kind", "key", "required") is not { } map) return null;
        var at = $"{field}.";
        return new OutputSpec(
            Needed(map, "name", at), Needed(map, "path", at), Choice(map, at, "kind", ArtifactKind.File), Text(map, at, "key"), Flag(map, at, "required", true));
    }

    /// <summary>What the form alone does not say.</summary>
    private void Check(HubManifest manifest)
    {
        var faults = new Faults();
        faults.Name(manifest.Name, "name");
        faults.Require(SemanticVersion.TryParse(manifest.Version, out _), "version", SemanticVersion.Form);
        faults.Text(manifest.Description, "description", 1000);
        faults.Count(manifest.Categories?.Count ?? 0, "categories", MostCategories);
        for (var i = 0; i < (manifest.Categories?.Count ?? 0); i++) faults.Name(manifest.Categories![i], $"categories[{i}]");
        if (manifest.Doc is not null) faults.Key(manifest.Doc, "doc");
        ToDefinition(manifest).Check(faults);
        foreach (var fault in faults.Items) Add(fault.Field, fault.Message);
        if (_faults.Count > 0) return;
        if (ParamRules.RefuseDefaults(manifest.Params, null) is { } standard) Add(standard.Field!, standard.Detail);
        if (manifest.Example is not { } example) return;
        if (ParamRules.Fill(manifest.Params ?? [], example.Params ?? new Dictionary<string, string>()).Rejected is { } value) Add($"example.{value.Field}", value.Detail);
        foreach (var name in example.Inputs?.Keys ?? [])
            if (manifest.Inputs?.Any(input => input.Name == name) != true) Add($"example.inputs.{name}", "is no input of the item.");
    }

    private IReadOnlyDictionary<string, YamlNode>? Map(YamlNode node, string field, params ReadOnlySpan<string> known)
    {
        Place(field, node);
        if (node is not YamlMappingNode mapping)
        {
            Add(field, "must hold fields.");
            return null;
        }

        var map = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            var path = field.Length == 0 ? name : $"{field}.{name}";
            Place(path, key);
            if (known.Length > 0 && !known.Contains(name)) Add(path, $"is no field here; there are {string.Join(", ", known)}.");
            else map[name] = value;
        }

        return map;
    }

    private string Needed(IReadOnlyDictionary<string, YamlNode> map, string name, string at = "")
    {
        if (Text(map, at, name) is { Length: > 0 } text) return text;
        if (!_faults.Any(fault => fault.Field == at + name)) Add(at + name, "must be given.");
        return "";
    }

    private string? Text(IReadOnlyDictionary<string, YamlNode> map, string at, string name) => map.TryGetValue(name, out var node) ? Scalar(node, at + name) : null;

    private string? Scalar(YamlNode node, string field)
    {
        Place(field, node);
        if (node is not YamlScalarNode scalar)
        {
            Add(field, "must be a text.");
            return null;
        }

        return scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" ? null : scalar.Value;
    }

    private double? Number(IReadOnlyDictionary<string, YamlNode> map, string at, string name, bool whole = false)
    {
        if (Text(map, at, name) is not { } text) return null;
        if (whole ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return double.Parse(text, CultureInfo.InvariantCulture);
        Add(at + name, whole ? "must be a whole number." : "must be a number.");
        return null;
    }

    private bool Flag(IReadOnlyDictionary<string, YamlNode> map, string at, string name, bool standard)
    {
        if (Text(map, at, name) is not { } text) return standard;
        if (text is not ("true" or "false")) Add(at + name, "must be true or false.");
        return text == "true";
    }

    private T Choice<T>(IReadOnlyDictionary<string, YamlNode> map, string at, string name, T standard) where T : struct, Enum
    {
        if (Text(map, at, name) is not { } text) return standard;
        foreach (var value in Enum.GetValues<T>())
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase)) return value;
        Add(at + name, $"must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
        return standard;
    }

    private IReadOnlyList<string>? Texts(IReadOnlyDictionary<string, YamlNode> map, string name, string at = "") => Each(map, name, Scalar, at);

    private List<T>? Each<T>(IReadOnlyDictionary<string, YamlNode> map, string name, Func<YamlNode, string, T?> read, string at = "") where T : class
    {
        if (!map.TryGetValue(name, out var node)) return null;
        Place(at + name, node);
        if (node is not YamlSequenceNode list)
        {
            Add(at + name, "must be a list.");
            return null;
        }

        var items = new List<T>();
        for (var i = 0; i < list.Children.Count; i++)
        {
            var field = $"{at}{name}[{i}]";
            if (read(list.Children[i], field) is { } item) items.Add(item);
            else if (!_faults.Any(fault => fault.Field == field)) Add(field, "must not be empty.");
        }

        return items;
    }

    private Dictionary<string, string>? Pairs(IReadOnlyDictionary<string, YamlNode> map, string at, string name)
    {
        if (!map.TryGetValue(name, out var node) || Map(node, at + name) is not { } entries) return null;
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in entries) pairs[key] = Scalar(value, $"{at}{name}.{key}") ?? "";
        return pairs;
    }

    private void Place(string field, YamlNode node) => _places[field] = node.Start;

    private void Add(string field, string message)
    {
        // Definitions call params by another name.
        if (field.StartsWith("paramSpecs", StringComparison.Ordinal)) field = "params" + field["paramSpecs".Length..];
        var place = field;
        while (place.Length > 0 && !_places.ContainsKey(place)) place = place[..Math.Max(0, place.LastIndexOfAny(['.', '[']))];
        var at = _places.GetValueOrDefault(place, new Mark());
        _faults.Add(new HubFault(_path, message, (int)at.Line, (int)at.Column, field.Length > 0 ? field : null));
    }
}
