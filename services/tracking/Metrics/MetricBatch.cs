using Mesh.Contracts.Tracking;
using Mesh.Hosting.Decisions;

namespace Mesh.Tracking.Metrics;

/// <summary>The points of one request on their way into a commit: all of them or none.</summary>
internal sealed class MetricBatch(string project, Guid run, LogMetrics request, DateTimeOffset received, CancellationToken gone)
{
    private readonly TaskCompletionSource<Rejection?> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Project { get; } = project;

    public Guid Run { get; } = run;

    public int? Attempt { get; } = request.Attempt;

    public Guid? BatchId { get; } = request.BatchId;

    public IReadOnlyList<MetricPoint> Points { get; } = request.Points;

    /// <summary>The time of points that carry none.</summary>
    public DateTimeOffset Received { get; } = received;

    /// <summary>Whether the points are welcome after the end of the run too, as foreign protocols have it.</summary>
    public bool AfterEnd { get; init; }

    /// <summary>What the points tell of logged models too.</summary>
    public IReadOnlyList<LoggedModels.ModelPoint> ModelPoints { get; init; } = [];

    /// <summary>Whether the caller no longer waits.</summary>
    public bool IsGone => gone.IsCancellationRequested;

    /// <summary>Ends when the points are durable (null) or refused; fails when nothing is known to be written.</summary>
    public Task<Rejection?> Written => _written.Task;

    public void Finish(Rejection? rejected) => _written.TrySetResult(rejected);

    public void Fail(Exception fault) => _written.TrySetException(fault);
}
