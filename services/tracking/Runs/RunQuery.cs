using System.Globalization;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Search;
using Mesh.Tracking.Search;
using Microsoft.AspNetCore.Mvc;

namespace Mesh.Tracking.Runs;

/// <summary>The filters of a list of runs as they stand in the query. All that are given must hold; several statuses mean any of them.</summary>
internal sealed record RunQuery
{
    /// <summary>Statuses, separated by commas; may be given several times.</summary>
    [FromQuery(Name = "status")]
    public string[]? Status { get; init; }

    /// <summary>Name of the experiment.</summary>
    [FromQuery(Name = "experiment")]
    public string? Experiment { get; init; }

    /// <summary>What made the run.</summary>
    [FromQuery(Name = "kind")]
    public string? Kind { get; init; }

    /// <summary>Id of the parent run.</summary>
    [FromQuery(Name = "parent")]
    public string? Parent { get; init; }

    /// <summary>Name of the run; <c>*</c> stands for any text.</summary>
    [FromQuery(Name = "name")]
    public string? Name { get; init; }

    /// <summary><c>key=value</c>, or <c>key</c> for any value; may be given several times.</summary>
    [FromQuery(Name = "tag")]
    public string[]? Tag { get; init; }

    /// <summary><c>key=value</c>, or <c>key</c> for any value; may be given several times.</summary>
    [FromQuery(Name = "param")]
    public string[]? Param { get; init; }

    /// <summary>RFC 3339; runs created at that moment or later.</summary>
    [FromQuery(Name = "createdAfter")]
    public string? CreatedAfter { get; init; }

    /// <summary>RFC 3339; runs created before that moment.</summary>
    [FromQuery(Name = "createdBefore")]
    public string? CreatedBefore { get; init; }

    /// <summary>Name of the group.</summary>
    [FromQuery(Name = "group")]
    public string? Group { get; init; }

    /// <summary>A filter of the search grammar, such as <c>metrics.auc > 0.9 AND params.lr = '0.1'</c>.</summary>
    [FromQuery(Name = "filter")]
    public string? Filter { get; init; }

    /// <summary>Keys of the order, such as <c>metrics.auc DESC</c>; may be given several times.</summary>
    [FromQuery(Name = "orderBy")]
    public string[]? OrderBy { get; init; }

    /// <summary>Whether the list is one of the search grammar.</summary>
    public bool IsSearch => !string.IsNullOrWhiteSpace(Filter) || OrderBy is { Length: > 0 };

    /// <summary>Tells queries apart, so that a cursor of one is not taken by another.</summary>
    public string Fingerprint(string project) => PageToken.Fingerprint(
        [
            project, string.Join(',', Status ?? []), Experiment, Kind, Parent, Name, CreatedAfter, CreatedBefore, Group, Filter, "tag", .. Tag ?? [], "param", .. Param ?? [],
            "orderBy", .. OrderBy ?? [],
        ]);

    /// <summary>Reads the filter and the order of the search grammar.</summary>
    /// <exception cref="RejectedException">One is out of form: 400 <c>filter.invalid</c>.</exception>
    public SearchQuery ReadSearch() => SearchGrammar.ReadRuns(Filter, OrderBy ?? []);

    /// <summary>Reads the filters.</summary>
    /// <exception cref="RejectedException">A filter is out of form: 400 <c>filter.invalid</c>.</exception>
    public RunFilter Read()
    {
        return new RunFilter(
            [.. (Status ?? []).SelectMany(list => list.Split(',')).Select(ReadStatus).Distinct()], Experiment, Kind, Parent is null ? null : ReadId(Parent), Name, [.. (Tag ?? []).Select(t => ReadPair(t, "tag"))],
            [.. (Param ?? []).Select(p => ReadPair(p, "param"))], ReadTime(CreatedAfter, "createdAfter"), ReadTime(CreatedBefore, "createdBefore"), Group);
    }

    /// <summary>Reads a moment in RFC 3339 form.</summary>
    public static bool TryReadTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
        && text.Length >= 10 && char.IsAsciiDigit(text[0]) && text[4] == '-' && text[7] == '-';

    private static RunStatus ReadStatus(string text) => EnumNames.TryParse<RunStatus>(text, out var status)
        ? status
        : throw Invalid("status", $"'status' must be one or several, separated by commas, of {EnumNames.List<RunStatus>()}.");

    private static Guid ReadId(string text) => Guid.TryParse(text, out var id) ? id : throw Invalid("parent", "'parent' must be the id of a run.");

    private static (string, string?) ReadPair(string text, string field)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at == 0 || text.Length == 0
            ? throw Invalid(field, $"'{field}' must be key=value, or a key.")
            : at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static DateTimeOffset? ReadTime(string? text, string field) =>
        text is null ? null : TryReadTime(text, out var time) ? time : throw Invalid(field, $"'{field}' must be a time such as 2026-01-31T12:00:00Z.");

    private static RejectedException Invalid(string field, string detail) => new(Rejection.Malformed("filter.invalid", detail, field));
}

/// <summary>Which runs are wanted.</summary>
internal sealed record RunFilter(
    IReadOnlyList<RunStatus> Statuses, string? Experiment, string? Kind, Guid? Parent, string? Name, IReadOnlyList<(string Key, string? Value)> Tags,
    IReadOnlyList<(string Key, string? Value)> Params, DateTimeOffset? CreatedAfter, DateTimeOffset? CreatedBefore, string? Group = null);

/// <summary>Position in a list of runs, newest first.</summary>
internal sealed record RunPosition(DateTimeOffset CreatedAt, string Id);
