using System.Text.RegularExpressions;

namespace Mesh.Cli;

/// <summary>What the parser says of arguments, with words in the place of the names of .NET types.</summary>
internal static partial class ParseFault
{
    /// <summary>The sentence for a user.</summary>
    public static string Explain(string message) => TypeName().Replace(message, match => $": {Expected(match.Groups["type"].Value)} is expected");

    private static string Expected(string type) => type switch
    {
        "System.Int32" or "System.Int64" => "a whole number",
        "System.Double" => "a number",
        "System.Boolean" => "true or false",
        "System.Guid" => "an id such as 0193a1c0-0000-7000-8000-000000000000",
        "System.DateTimeOffset" or "System.DateTime" => "a time such as 2026-01-31T12:00:00Z",
        "System.Uri" => "an address such as http://127.0.0.1:7000",
        _ => "another form, which --help shows,",
    };

    [GeneratedRegex(@" as expected type '(?:System\.Nullable`1\[)?(?<type>[^'\]]+)\]?'")]
    private static partial Regex TypeName();
}
