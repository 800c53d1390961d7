using Mesh.Cli.Tracking.Import;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>A source that goes away when it is asked for a history once too often.</summary>
internal sealed class BreakingSource(IRunSource inner, int histories) : IRunSource
{
    private int _asked;

    public Task<IReadOnlyList<SourceExperiment>> ExperimentsAsync(IReadOnlyList<string> names, CancellationToken ct) => inner.ExperimentsAsync(names, ct);

    public IAsyncEnumerable<SourceRun> RunsAsync(SourceExperiment experiment, CancellationToken ct) => inner.RunsAsync(experiment, ct);

    public Task<IReadOnlyList<SourcePoint>> HistoryAsync(SourceRun run, string metric, CancellationToken ct) =>
        ++_asked > histories ? throw new IOException("The source is away.") : inner.HistoryAsync(run, metric, ct);

    public IAsyncEnumerable<SourceFile> FilesAsync(SourceRun run, CancellationToken ct) => inner.FilesAsync(run, ct);

    public Task<Stream> OpenAsync(SourceRun run, SourceFile file, CancellationToken ct) => inner.OpenAsync(run, file, ct);
}
