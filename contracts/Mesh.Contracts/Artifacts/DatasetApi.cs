using System.Text.Json;

namespace Mesh.Contracts.Artifacts;

/// <summary>In what form the rows of a data set are.</summary>
public enum DatasetFormat
{
    /// <summary>Comma-separated values, or separated by semicolons, tabs or bars.</summary>
    Csv,

    /// <summary>A JSON array of objects, or an object per line.</summary>
    Json,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Apache Arrow IPC, as a file or a stream.</summary>
    Arrow,
}

/// <summary>How far the profile of a data set is.</summary>
public enum DatasetState
{
    /// <summary>Nobody has read it yet: its profile is about to be made, or, of an older version, made when it is read for the first time.</summary>
    New,

    /// <summary>The profile is being made, or is to be made next.</summary>
    Profiling,

    /// <summary>There is a profile.</summary>
    Ready,

    /// <summary>The file cannot be read: the reason says why.</summary>
    Unreadable,
}

/// <summary>What kind of values a column has.</summary>
public enum DatasetColumnKind
{
    /// <summary>Integers, decimals, floating point.</summary>
    Number,

    /// <summary>Text.</summary>
    Text,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Dates, times, timestamps.</summary>
    Time,

    /// <summary>Lists, structures, maps, bytes and everything else.</summary>
    Other,
}

/// <summary>A column of a data set.</summary>
/// <param name="Name">Its name; those that a file gives twice get a number behind.</param>
/// <param name="Type">Its SQL type, such as <c>BIGINT</c>, <c>DECIMAL(18,3)</c> or <c>VARCHAR[]</c>.</param>
/// <param name="Kind">What that is.</param>
/// <param name="Nullable">Whether values may be missing: as the schema of the file says, or where it has none, whether some are.</param>
public sealed record DatasetColumn(string Name, string Type, DatasetColumnKind Kind, bool Nullable);

/// <summary>A part of a distribution: so much of the rows has at most this value.</summary>
public sealed record DatasetQuantile(double Share, double Value);

/// <summary>How often numbers lie between two edges. The first edge is the least number, the last the greatest; each bin holds its upper edge.</summary>
public sealed record DatasetHistogram(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);

/// <summary>A value and how many rows have it.</summary>
public sealed record ValueCount(string Value, long Count);

/// <summary>Statistics of the finite numbers of a column.</summary>
/// <param name="NonFinite">How many are NaN or infinite, and are in nothing else here.</param>
public sealed record NumberStatistics(
    long NonFinite, double? Min, double? Max, double? Mean, double? Deviation, IReadOnlyList<DatasetQuantile> Quantiles, DatasetHistogram? Histogram);

/// <summary>Statistics of a column.</summary>
/// <param name="Count">Rows that have a value.</param>
/// <param name="Missing">Rows that have none.</param>
/// <param name="Distinct">How many different values there are, about.</param>
/// <param name="Min">The least value as text, cut after 200 characters.</param>
/// <param name="Max">The greatest value as text, cut after 200 characters.</param>
/// <param name="Numbers">More about a column of numbers.</param>
/// <param name="Frequent">The most frequent values of a column of text or truth values, most frequent first.</param>
public sealed record DatasetColumnStatistics(
    string Column, long Count, long Missing, long Distinct, string? Min, string? Max, NumberStatistics? Numbers = null, IReadOnlyList<ValueCount>? Frequent = null);

/// <summary>What is in a data set: schema, number of rows, statistics of every column, in the order of the columns.</summary>
public sealed record DatasetProfile(long Rows, IReadOnlyList<DatasetColumn> Columns, IReadOnlyList<DatasetColumnStatistics> Statistics, DateTimeOffset ComputedAt);

/// <summary>Why there is no profile.</summary>
/// <param name="Code"><c>dataset.unreadable</c>, <c>dataset.too-large</c> or <c>dataset.too-slow</c>.</param>
/// <param name="Line">The line at fault, where one is.</param>
/// <param name="Column">The column at fault, where one is.</param>
public sealed record DatasetFault(string Code, string Detail, long? Line = null, string? Column = null);

/// <summary>A version of a data set with its profile.</summary>
/// <param name="Format">Absent when nothing says what the file is.</param>
public sealed record DatasetVersion(
    ArtifactVersion Version, DatasetState State, DatasetFormat? Format, DatasetProfile? Profile = null, DatasetFault? Fault = null);

/// <summary>A data set with its newest version.</summary>
/// <param name="Rows">Number of rows, once the profile is there.</param>
/// <param name="Columns">Number of columns, once the profile is there.</param>
public sealed record DatasetInfo(string Key, int Versions, ArtifactVersion Latest, DatasetState State, DatasetFormat? Format, long? Rows = null, int? Columns = null);

/// <summary>Some rows of a data set.</summary>
/// <param name="Columns">The columns that were asked for.</param>
/// <param name="Items">
/// The rows, each an array with a value per column. Numbers that a double cannot hold exactly, dates and times are text; NaN and infinities are
/// <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c>; bytes are Base64; text is cut after 65,536 characters.
/// </param>
/// <param name="Next">Where the next page begins, for <c>?cursor=</c>; absent on the last.</param>
public sealed record DatasetRows(IReadOnlyList<DatasetColumn> Columns, IReadOnlyList<JsonElement> Items, string? Next = null);

/// <summary>Rows of a data set by chance, in the form of <see cref="DatasetRows.Items"/>.</summary>
public sealed record DatasetSample(IReadOnlyList<DatasetColumn> Columns, IReadOnlyList<JsonElement> Rows);

/// <summary>How the values of a column differ between two versions.</summary>
/// <param name="Before">Its statistics in the version that is compared against.</param>
/// <param name="After">Its statistics in the version itself.</param>
/// <param name="Psi">Population stability index of the distribution: below 0.1 it is the same, above 0.25 another one. Absent where it cannot be told.</param>
/// <param name="MeanShift">How far the mean moved, in deviations of the version before.</param>
public sealed record ColumnDrift(string Column, DatasetColumnStatistics Before, DatasetColumnStatistics After, double? Psi = null, double? MeanShift = null);

/// <summary>A column whose type changed.</summary>
public sealed record ColumnRetyped(string Column, string Before, string After);

/// <summary>What is different in a version, compared with another.</summary>
/// <param name="Against">The version that is compared against.</param>
/// <param name="IsSame">Both are the same bytes.</param>
/// <param name="Columns">The columns that both have.</param>
public sealed record DatasetDiff(
    string Key, int Version, int Against, bool IsSame, long RowsBefore, long RowsAfter, IReadOnlyList<DatasetColumn> Added, IReadOnlyList<DatasetColumn> Removed,
    IReadOnlyList<ColumnRetyped> Retyped, IReadOnlyList<ColumnDrift> Columns);
