using System.Text.Json.Nodes;

namespace Mesh.Cli.Tracking.Import;

/// <summary>An experiment of a source.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Deleted">Whether it was deleted there, and with it its runs.</param>
internal sealed record SourceExperiment(string Id, string Name, IReadOnlyDictionary<string, string> Tags, bool Deleted = false);

/// <summary>A run of a source, in the words of the MLflow protocol.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Status">RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.</param>
/// <param name="Start">Milliseconds since 1970.</param>
/// <param name="End">Milliseconds since 1970; null while it is open.</param>
/// <param name="Metrics">Names of its metrics.</param>
/// <param name="Datasets">As <c>runs/log-inputs</c> takes them.</param>
/// <param name="Fingerprint">Changes when something about the run changes that its source tells without reading all of it.</param>
/// <param name="Untaken">What of it cannot be read, with the reasons.</param>
/// <param name="Deleted">Whether it was deleted there.</param>
internal sealed record SourceRun(
    string Id, string? Name, string? User, string Status, long Start, long? End, IReadOnlyDictionary<string, string> Params,
    IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> Metrics, JsonArray Datasets, string Fingerprint, IReadOnlyList<(string What, string Why)> Untaken,
    bool Deleted = false)
{
    /// <summary>The logged models that it has as outputs.</summary>
    public IReadOnlyList<SourceOutput> Outputs { get; init; } = [];
}

/// <summary>A value of a metric.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
internal readonly record struct SourcePoint(long Step, long Time, double Value);

/// <summary>A file of a run.</summary>
/// <param name="Path">Below the run's folder, with slashes.</param>
internal sealed record SourceFile(string Path, long Size);

/// <summary>Where runs are imported from.</summary>
internal interface IRunSource
{
    /// <summary>The experiments of these names, or all when none is named, deleted or not.</summary>
    /// <exception cref="UsageException">There is none of a name.</exception>
    Task<IReadOnlyList<SourceExperiment>> ExperimentsAsync(IReadOnlyList<string> names, CancellationToken ct);

    /// <summary>The runs of an experiment, deleted or not, those first that began first: parents before their children.</summary>
    IAsyncEnumerable<SourceRun> RunsAsync(SourceExperiment experiment, CancellationToken ct);

    /// <summary>All points of a metric.</summary>
    Task<IReadOnlyList<SourcePoint>> HistoryAsync(SourceRun run, string metric, CancellationToken ct);

    /// <summary>The files of a run.</summary>
    IAsyncEnumerable<SourceFile> FilesAsync(SourceRun run, CancellationToken ct);

    /// <summary>Opens a file.</summary>
    Task<Stream> OpenAsync(SourceRun run, SourceFile file, CancellationToken ct);
}
