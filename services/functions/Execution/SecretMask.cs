namespace Mesh.Functions.Execution;

/// <summary>Blots out the values of secrets in output. Values under four characters are left alone: blotting them would ruin the text and hide nothing.</summary>
internal sealed class SecretMask
{
    private const int Shortest = 4;
    private readonly string[] _values;

    /// <param name="values">The secrets. Of one with several lines each line is a secret, because output is read by lines.</param>
    public SecretMask(IEnumerable<string> values)
    {
        _values = [.. values.SelectMany(v => v.Split('\n')).Select(v => v.Trim('\r')).Where(v => v.Trim().Length >= Shortest)
            .Distinct(StringComparer.Ordinal).OrderByDescending(v => v.Length)];
    }

    /// <summary>Length of the longest secret in characters.</summary>
    public int Longest => _values is [var first, ..] ? first.Length : 0;

    /// <summary>How many characters at the end of the text may be the beginning of a secret; 0 where none, or too few to matter.</summary>
    public int BegunAtEndOf(string text)
    {
        for (var length = Math.Min(text.Length, Longest - 1); length >= Shortest; length--)
            if (_values.Any(value => value.Length > length && value.AsSpan(0, length).SequenceEqual(text.AsSpan(text.Length - length)))) return length;
        return 0;
    }

    /// <summary>The text with every secret replaced by <c>***</c>.</summary>
    public string Apply(string text)
    {
        foreach (var value in _values) text = text.Replace(value, "***", StringComparison.Ordinal);
        return text;
    }
}
