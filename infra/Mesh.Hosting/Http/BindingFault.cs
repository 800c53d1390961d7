using System.Text.RegularExpressions;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>
/// Says in our own words what the framework could not read of a request. Its messages name .NET types, and speak to whoever wrote the endpoint:
/// <c>Failed to bind parameter "int limit" from "many".</c>,
/// <c>Required parameter "CreateProject body" was not provided from body.</c>,
/// <c>Implicit body inferred for parameter "body" but no body was provided. Did you mean to use a Service instead?</c>
/// </summary>
internal static partial class BindingFault
{
    private const string Malformed = "request.malformed";

    public static Rejection Explain(BadHttpRequestException fault)
    {
        var message = fault.Message;
        if (fault.StatusCode == StatusCodes.Status408RequestTimeout) return Rejection.Malformed("request.timeout", "The body came too slowly, and was given up.");
        if (message.Contains("no body was provided", StringComparison.Ordinal)) return MissingBody;
        if (Missing().Match(message) is { Success: true } missing)
        {
            var (field, source) = (missing.Groups["name"].Value, missing.Groups["source"].Value);
            return source == "body" ? MissingBody : Rejection.Malformed(Malformed, $"'{field}' is missing; it is read from the {(source.EndsWith("query string", StringComparison.Ordinal) ? "query" : source)}.", field);
        }

        if (WrongType().Match(message) is { Success: true } wrong)
        {
            return WrongValue(wrong.Groups["name"].Value, wrong.Groups["type"].Value, wrong.Groups["value"].Value);
        }

        return message.StartsWith("Unexpected end of request", StringComparison.Ordinal)
            ? Rejection.Malformed("body.incomplete", "The body broke off before its end.")
            : Rejection.Malformed(Malformed, "The request is out of form.");
    }

    /// <summary>A text that is no value of a type.</summary>
    /// <param name="type">As C# calls it.</param>
    public static Rejection WrongValue(string field, string type, string value) => Rejection.Malformed(Malformed, $"'{field}' must be {Expected(type)}, not '{value}'.", field);

    private static Rejection MissingBody { get; } = Rejection.Malformed(Malformed, "The body is missing: JSON is expected here.", "body");

    private static string Expected(string type) => type.TrimEnd('?').Replace("Nullable<", "", StringComparison.Ordinal).TrimEnd('>') switch
    {
        "int" or "long" or "short" or "uint" or "ulong" or "ushort" or "byte" or "sbyte" or nameof(Int32) or nameof(Int64) => "a whole number within its range",
        "double" or "float" or "decimal" or nameof(Double) or nameof(Single) => "a number",
        "bool" or nameof(Boolean) => "true or false",
        "Guid" => "an id such as 0193a1c0-0000-7000-8000-000000000000",
        "DateTimeOffset" or "DateTime" => "a time such as 2026-01-31T12:00:00Z",
        _ => "one of the values that are known here",
    };

    [GeneratedRegex("^Required parameter \"(?:.* )?(?<name>[^ \"]+)\" was not provided from (?<source>.+)\\.$")]
    private static partial Regex Missing();

    [GeneratedRegex("^Failed to bind parameter \"(?<type>.*) (?<name>[^ \"]+)\" from \"(?<value>.*)\"\\.$", RegexOptions.Singleline)]
    private static partial Regex WrongType();
}
