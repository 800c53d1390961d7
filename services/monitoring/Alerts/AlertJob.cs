using System.Text.Json;
using Mesh.Contracts.Events;
using Mesh.Contracts.Functions;

namespace Mesh.Monitoring.Alerts;

/// <summary>Makes the job of an activation from the rule's template: pure.</summary>
public static class AlertJob
{
    /// <summary>The tag that says which rule submitted a job.</summary>
    public const string RuleTag = "mesh.alert";

    /// <summary>The key that makes a repeated submission the same job.</summary>
    public static string KeyOf(string rule, Guid eventId) => $"alert:{rule}:{eventId:N}";

    /// <summary>
    /// Fills <c>{{endpoint}}</c>, <c>{{model}}</c>, <c>{{event}}</c> (the event's id) and <c>{{subject}}</c> into the values of the params, and tags the job
    /// with the rule. What the event does not tell is filled with nothing.
    /// </summary>
    public static SubmitJob From(SubmitJob template, string rule, MeshEvent e)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["{{endpoint}}"] = Told(e, "endpoint"),
            ["{{model}}"] = Told(e, "model"),
            ["{{event}}"] = e.Id.ToString(),
            ["{{subject}}"] = e.Subject,
        };
        return template with
        {
            Params = template.Params?.ToDictionary(pair => pair.Key, pair => Fill(pair.Value, values)),
            Tags = new Dictionary<string, string>(template.Tags ?? []) { [RuleTag] = rule },
        };
    }

    // One pass from left to right: a value that looks like a placeholder itself stays as it is.
    private static string Fill(string text, Dictionary<string, string> values)
    {
        var filled = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var name = text[i] == '{' ? values.Keys.FirstOrDefault(key => string.CompareOrdinal(text, i, key, 0, key.Length) == 0) : null;
            _ = name is null ? filled.Append(text[i]) : filled.Append(values[name]);
            i += name?.Length ?? 1;
        }

        return filled.ToString();
    }

    private static string Told(MeshEvent e, string field) =>
        e.Data.ValueKind == JsonValueKind.Object && e.Data.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
