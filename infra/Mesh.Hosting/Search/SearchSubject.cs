using System.Collections.Frozen;

namespace Mesh.Hosting.Search;

/// <summary>What can be searched, with the fields that it has and what values they take.</summary>
public sealed class SearchSubject
{
    private static readonly FrozenDictionary<string, FieldKind> Prefixes = new Dictionary<string, FieldKind>
    {
        ["metric"] = FieldKind.Metric,
        ["metrics"] = FieldKind.Metric,
        ["param"] = FieldKind.Param,
        ["params"] = FieldKind.Param,
        ["parameter"] = FieldKind.Param,
        ["parameters"] = FieldKind.Param,
        ["tag"] = FieldKind.Tag,
        ["tags"] = FieldKind.Tag,
        ["attribute"] = FieldKind.Attribute,
        ["attributes"] = FieldKind.Attribute,
        ["attr"] = FieldKind.Attribute,
        ["run"] = FieldKind.Attribute,
        ["trace"] = FieldKind.Attribute,
        ["dataset"] = FieldKind.Dataset,
        ["datasets"] = FieldKind.Dataset,
        ["metadata"] = FieldKind.Metadata,
        ["request_metadata"] = FieldKind.Metadata,
        ["feedback"] = FieldKind.Feedback,
        ["expectation"] = FieldKind.Expectation,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, (string Name, bool IsNumber)> _attributes;
    private readonly FrozenSet<FieldKind> _kinds;

    /// <summary>Says what can be searched.</summary>
    /// <param name="name">What one of them is called.</param>
    /// <param name="attributes">The fields of their own, by all of their names: the one that is meant, and whether it holds numbers.</param>
    /// <param name="kinds">What else they have.</param>
    public SearchSubject(string name, Dictionary<string, (string Name, bool IsNumber)> attributes, FieldKind[] kinds)
    {
        Name = name;
        _attributes = attributes.ToFrozenDictionary(StringComparer.Ordinal);
        _kinds = kinds.ToFrozenSet();
    }

    /// <summary>What one of them is called.</summary>
    public string Name { get; }

    /// <summary>Whether texts are compared by regular expressions (<c>RLIKE</c>), too.</summary>
    public bool HasExpressions { get; init; }

    /// <summary>The fields that can be asked for, for a message.</summary>
    public string Known => string.Join(
        ", ", _attributes.Values.Select(attribute => attribute.Name).Distinct().Order(StringComparer.Ordinal).Concat(_kinds.Order().Select(kind => $"{SearchField.PrefixOf(kind)}.KEY")));

    /// <summary>The field that a prefix and a key name; null when there is none.</summary>
    /// <param name="prefix">Null for a bare name, which is one of an attribute.</param>
    public SearchField? Find(string? prefix, string key)
    {
        var kind = FieldKind.Attribute;
        if (prefix is not null && !Prefixes.TryGetValue(prefix, out kind)) return null;
        return kind switch
        {
            FieldKind.Attribute => _attributes.TryGetValue(key, out var attribute) ? new SearchField(kind, attribute.Name) : null,
            FieldKind.Dataset => _kinds.Contains(kind) && key is "name" or "digest" or "context" ? new SearchField(kind, key) : null,
            _ => _kinds.Contains(kind) && key.Length > 0 ? new SearchField(kind, key) : null,
        };
    }

    /// <summary>Whether a field holds numbers.</summary>
    public bool IsNumber(SearchField field) =>
        field.Kind is FieldKind.Metric || (field.Kind is FieldKind.Attribute && _attributes.Values.Any(attribute => attribute.Name == field.Key && attribute.IsNumber));
}
