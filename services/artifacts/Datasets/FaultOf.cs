using System.Globalization;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Datasets;

/// <summary>The file cannot be read, for a reason that lies in it.</summary>
internal sealed class DatasetFaultException(DatasetFault fault) : Exception(fault.Detail)
{
    public DatasetFault Fault { get; } = fault;
}

/// <summary>
/// What is wrong with a file, in a sentence. DuckDB's own words end in advice about its options and in the place of the file:
/// <code>
/// Invalid Input Error: CSV Error on Line: 3
/// Original Line: 3
/// Expected Number of Columns: 2 Found: 1
/// Possible fixes:
/// * Disable the parser's strict mode …
/// </code>
/// </summary>
internal static partial class FaultOf
{
    /// <summary>Code of what cannot be read.</summary>
    public const string Unreadable = "dataset.unreadable";

    /// <summary>Code of what needs more memory than a reading has.</summary>
    public const string TooLarge = "dataset.too-large";

    /// <summary>Code of what takes too long.</summary>
    public const string TooSlow = "dataset.too-slow";

    private const int MostCharacters = 500;

    /// <summary>The fault that an exception tells of, or null when it is no fault of the file.</summary>
    public static DatasetFault? Read(Exception e, string path) => e switch
    {
        DatasetFaultException own => own.Fault,
        DuckDBException { ErrorType: DuckDBErrorType.OutOfMemory } => new DatasetFault(TooLarge, "Reading it needs more memory than is allowed for it here."),
        DuckDBException duck when duck.Message.StartsWith("Out of Memory", StringComparison.Ordinal) => new DatasetFault(TooLarge, "Reading it needs more memory than is allowed for it here."),
        DuckDBException duck => Of(duck.Message, path),
        InvalidDataException => new DatasetFault(Unreadable, e.Message),
        _ => null,
    };

    /// <summary>The refusal to do something with a file that has a fault.</summary>
    public static Rejection ToRejection(this DatasetFault fault) => fault.Code == TooSlow
        ? Rejection.Unavailable(fault.Code, fault.Detail)
        : Rejection.Unprocessable(fault.Code, fault.Detail);

    /// <summary>The fault that a message of DuckDB tells of.</summary>
    internal static DatasetFault Of(string message, string path)
    {
        var lines = message.Split('\n').Select(line => line.Trim()).TakeWhile(line => !IsAdvice().IsMatch(line)).Where(line => line.Length > 0);
        var text = Kind().Replace(string.Join(". ", lines), "");
        text = text.Replace($"\"{path}\"", "the file", StringComparison.Ordinal).Replace($"'{path}'", "the file", StringComparison.Ordinal).Replace(path, "the file", StringComparison.Ordinal);
        if (text.Length > MostCharacters) text = $"{text[..MostCharacters]}…";
        var line = Line().Match(message) is { Success: true } at && long.TryParse(at.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (long?)null;
        var column = Column().Match(message) is { Success: true } named ? named.Groups[1].Value : null;
        return new DatasetFault(Unreadable, text.EndsWith('.') || text.EndsWith('…') ? text : $"{text}.", line, column);
    }

    [GeneratedRegex("^(Possible|Column .* is being converted|file = |LINE 1:|Stack Trace|This type was auto-detected)")]
    private static partial Regex IsAdvice();

    [GeneratedRegex("^(Invalid Input|Conversion|IO|Invalid|Parser|Binder|INTERNAL|Serialization|Not implemented) Error: ")]
    private static partial Regex Kind();

    [GeneratedRegex("[Ll]ine:? ([0-9]{1,18})")]
    private static partial Regex Line();

    [GeneratedRegex("converting column \"([^\"]+)\"")]
    private static partial Regex Column();
}
