using System.Text;

namespace Mesh.Contracts.Functions;

/// <summary>
/// A command as it is typed: words between white space. What stands in single quotes is taken as it is; within double quotes <c>\"</c> and <c>\\</c> are a quote and a
/// backslash. Nothing else is special: there is no shell behind it.
/// </summary>
public static class CommandWords
{
    /// <exception cref="FormatException">A quote stays open; the message says so.</exception>
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

        if (quote != '\0') throw new FormatException($"A quote stays open: {text}");
        if (begun) words.Add(word.ToString());
        return words;
    }
}
