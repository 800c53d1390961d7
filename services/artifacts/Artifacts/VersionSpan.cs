namespace Mesh.Artifacts.Artifacts;

/// <summary>Numbers of versions in a row. What is deleted is mostly old and in rows, so that few spans say it.</summary>
public sealed record VersionSpan(int From, int To)
{
    /// <summary>Whether one of the spans, which are in order, holds the number.</summary>
    internal static bool Contain(IReadOnlyList<VersionSpan>? spans, int version) => spans is not null && spans.Any(span => span.From <= version && version <= span.To);

    /// <summary>The spans with one number more, in order, and joined where they touch.</summary>
    internal static IReadOnlyList<VersionSpan> Add(IReadOnlyList<VersionSpan>? spans, int version)
    {
        if (Contain(spans, version)) return spans!;
        var joined = new List<VersionSpan>();
        foreach (var span in (spans ?? []).Append(new VersionSpan(version, version)).OrderBy(span => span.From))
        {
            if (joined is [.., var last] && last.To + 1 == span.From) joined[^1] = last with { To = span.To };
            else joined.Add(span);
        }

        return joined;
    }
}
