using System.Collections.Frozen;

namespace Mesh.Tracking.Search;

/// <summary>What can be searched, with the fields that it has and what values they take.</summary>
internal sealed class SearchSubject
{
    /// <summary>Runs.</summary>
    public static readonly SearchSubject Runs = new(
        "run",
        new Dictionary<string, (string, bool)>
        {
            ["run_id"] = ("run_id", false),
            ["run_name"] = ("run_name", false),
            ["run name"] = ("run_name", false),
            ["Run name"] = ("run_name", false),
            ["Run Name"] = ("run_name", false),
            ["user_id"] = ("user_id", false),
            ["User"] = ("user_id", false),
            ["status"] = ("status", false),
            ["artifact_uri"] = ("artifact_uri", false),
            ["start_time"] = ("start_time", true),
            ["created"] = ("start_time", true),
            ["Created"] = ("start_time", true),
            ["end_time"] = ("end_time", true),
        },
        [FieldKind.Metric, FieldKind.Param, FieldKind.Tag, FieldKind.Dataset]);

    /// <summary>Experiments.</summary>
    public static readonly SearchSubject Experiments = new(
        "experiment",
        new Dictionary<string, (string, bool)>
        {
            ["name"] = ("name", false),
            ["experiment_id"] = ("experiment_id", true),
            ["creation_time"] = ("creation_time", true),
            ["last_update_time"] = ("last_update_time", true),
        },
        [FieldKind.Tag]);

    /// <summary>Logged models.</summary>
    public static readonly SearchSubject LoggedModels = new(
        "logged model",
        new Dictionary<string, (string, bool)>
        {
            ["model_id"] = ("model_id", false),
            ["name"] = ("name", false),
            ["model_type"] = ("model_type", false),
            ["status"] = ("status", false),
            ["source_run_id"] = ("source_run_id", false),
            ["creation_timestamp"] = ("creation_timestamp", true),
            ["creation_time"] = ("creation_timestamp", true),
            ["last_updated_timestamp"] = ("last_updated_timestamp", true),
        },
        [FieldKind.Metric, FieldKind.Param, FieldKind.Tag]);

    /// <summary>Traces.</summary>
    public static readonly SearchSubject Traces = new(
        "trace",
        new Dictionary<string, (string, bool)>
        {
            ["trace_id"] = ("trace_id", false),
            ["request_id"] = ("trace_id", false),
            ["client_request_id"] = ("client_request_id", false),
            ["name"] = ("name", false),
            ["run_id"] = ("run_id", false),
            ["status"] = ("status", false),
            ["state"] = ("status", false),
            ["experiment_id"] = ("experiment_id", true),
            ["timestamp_ms"] = ("timestamp_ms", true),
            ["timestamp"] = ("timestamp_ms", true),
            ["execution_time_ms"] = ("execution_time_ms", true),
            ["execution_time"] = ("execution_time_ms", true),
            ["end_time_ms"] = ("end_time_ms", true),
            ["end_time"] = ("end_time_ms", true),
        },
        [FieldKind.Tag, FieldKind.Metadata]);

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
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, (string Name, bool IsNumber)> _attributes;
    private readonly FrozenSet<FieldKind> _kinds;

    private SearchSubject(string name, Dictionary<string, (string, bool)> attributes, FieldKind[] kinds)
    {
        Name = name;
        _attributes = attributes.ToFrozenDictionary(StringComparer.Ordinal);
        _kinds = kinds.ToFrozenSet();
    }

    /// <summary>What one of them is called.</summary>
    public string Name { get; }

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
