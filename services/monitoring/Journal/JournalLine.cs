using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;

namespace Mesh.Monitoring.Journal;

/// <summary>An entry of the journal as it goes out: the CloudEvent is kept as UTF-8 JSON, shared by all who read it.</summary>
internal sealed record JournalLine(long Position, string Project, string Type, string Subject, byte[] Event)
{
    /// <summary>Reads the event.</summary>
    public MeshEvent Read() => JsonSerializer.Deserialize<MeshEvent>(Event, MeshJson.Tolerant)!;
}

/// <summary>Which entries a reader wants; null leaves a filter out.</summary>
internal sealed record JournalFilter(IReadOnlyList<string>? Types, string? Project, string? Subject)
{
    private const int MostPatterns = 50;

    /// <summary>Reads <c>run.*,model.promoted</c>; null when it is out of form.</summary>
    public static IReadOnlyList<string>? ParseTypes(string text)
    {
        var patterns = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return patterns.Length is > 0 and <= MostPatterns && patterns.All(EventTypes.IsPattern) ? patterns : null;
    }

    public bool Wants(JournalLine line)
    {
        if (Project is not null && line.Project != Project) return false;
        if (Subject is not null && line.Subject != Subject) return false;
        if (Types is null) return true;
        foreach (var pattern in Types)
            if (EventTypes.Matches(pattern, line.Type)) return true;
        return false;
    }

    /// <summary>The patterns as one regular expression of PostgreSQL that says what <see cref="EventTypes.Matches"/> says; null for all types.</summary>
    public string? TypesExpression() => Types is null ? null : $"^({string.Join('|', Types.Select(Expression))})$";

    private static string Expression(string pattern)
    {
        // Neighbouring '#' say no more than one.
        var words = pattern.Split('.').ToList();
        for (var i = words.Count - 1; i > 0; i--)
            if (words[i] == "#" && words[i - 1] == "#") words.RemoveAt(i);
        if (words is ["#"]) return ".*";

        // The dot belongs to the word after it, but after a leading '#' to that.
        var expression = "";
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == "#") expression += i == 0 ? "(.*\\.)?" : "(\\..*)?";
            else expression += (i == 0 || (i == 1 && words[0] == "#") ? "" : "\\.") + (words[i] == "*" ? "[^.]*" : words[i]);
        }

        return expression;
    }
}
