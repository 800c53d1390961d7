using Mesh.Client.Connection;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tracking;

/// <summary>What to list of a project's runs. What is null or empty does not filter; all that is given must hold.</summary>
public sealed record RunFilter
{
    /// <summary>Only of this experiment.</summary>
    public string? Experiment { get; init; }

    /// <summary>Only in this status.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>Only in one of these statuses.</summary>
    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];

    /// <summary>Only of this kind.</summary>
    public string? Kind { get; init; }

    /// <summary>Only children of this run.</summary>
    public Guid? Parent { get; init; }

    /// <summary>Only of this name.</summary>
    public string? Name { get; init; }

    /// <summary>Only with these tags: <c>key=value</c>, or <c>key</c> for any value.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Only with these params: <c>key=value</c>, or <c>key</c> for any value.</summary>
    public IReadOnlyList<string> Params { get; init; } = [];

    /// <summary>Only created then or later.</summary>
    public DateTimeOffset? CreatedAfter { get; init; }

    /// <summary>Only created before then.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>A filter of the search grammar, such as <c>metrics.auc > 0.9 AND params.lr = '0.1'</c>.</summary>
    public string? Filter { get; init; }

    /// <summary>Keys of the order, such as <c>metrics.auc DESC</c>; the newest first where there is none.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Runs per request.</summary>
    public int? PageSize { get; init; }

    internal string AddTo(string path) => Query.Add(path,
    [
        ("experiment", Experiment), ("kind", Kind), ("parent", Parent), ("name", Name), ("createdAfter", CreatedAfter), ("createdBefore", CreatedBefore),
        ("limit", PageSize), ("filter", Filter), .. OrderBy.Select(key => ("orderBy", (object?)key)), ("status", Status), .. Statuses.Select(s => ("status", (object?)s)),
        .. Tags.Select(t => ("tag", (object?)t)), .. Params.Select(p => ("param", (object?)p)),
    ]);
}
