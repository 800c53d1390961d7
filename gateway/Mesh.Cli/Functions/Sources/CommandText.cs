using System.Text;

namespace Mesh.Cli.Functions.Sources;

/// <summary>A command as it is typed: words between blanks, or in quotes. There is no shell behind it.</summary>
internal static class CommandText
{
    /// <exception cref="UsageException">It names no program, or a quote stays open.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        var (words, word, quote, begun) = (new List<string>(), new StringBuilder(), '\0', false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else if (c == '\\' && quote == '"' && i + 1 < text.Length && text[i + 1] is '"' or '\\') word.Append(text[++i]);
                else word.Append(c);
            }
            else if (c is '"' or '\'') (quote, begun) = (c, true);
            else if (!char.IsWhiteSpace(c)) (_, begun) = (word.Append(c), true);
            else if (begun)
            {
                words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
        }

        if (quote != '\0') throw new UsageException($"A quote of --command stays open: {text}");
        if (begun) words.Add(word.ToString());
        return words.Count > 0 ? words : throw new UsageException("--command names no program.");
    }
}
