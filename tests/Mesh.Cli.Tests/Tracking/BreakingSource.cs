using Mesh.Cli.Tracking.Import;

namespace Mesh.Cli.Tests.Tracking;

/// <summary>A source with one run, whose names and values are partly out of form, and one experiment that nobody may have.</summary>
internal sealed class OddSource(params string[] files) : IRunSource
{
    public Task<IReadOnlyList<SourceExperiment>> ExperimentsAsync(IReadOnlyList<string> names, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<SourceExperiment>>([new("1", new string('x', 501), Empty), new("2", "wine", Empty)]);

    public IAsyncEnumerable<SourceRun> RunsAsync(SourceExperiment experiment, CancellationToken ct)
    {
        var @params = new Dictionary<string, string> { ["lr"] = "0.1", ["../up"] = "1", ["zero"] = "a\0b" };
        var tags = new Dictionary<string, string> { ["good"] = "yes", ["long"] = new('x', 8001) };
        var run = new SourceRun("r1", null, null, "FINISHED", 1_700_000_000_000, 1_700_000_600_000, @params, tags, ["loss", "/bad"], [], "f", []);
        return new[] { run }.ToAsyncEnumerable();
    }

    public Task<IReadOnlyList<SourcePoint>> HistoryAsync(SourceRun run, string metric, CancellationToken ct) => Task.FromResult<IReadOnlyList<SourcePoint>>([new(0, 1, 2)]);

    public IAsyncEnumerable<SourceFile> FilesAsync(SourceRun run, CancellationToken ct) => files.Select(path => new SourceFile(path, 1)).ToAsyncEnumerable();

    public Task<Stream> OpenAsync(SourceRun run, SourceFile file, CancellationToken ct) => Task.FromResult<Stream>(new MemoryStream([1]));

    private static Dictionary<string, string> Empty => [];
}

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
