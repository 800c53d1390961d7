namespace Mesh.Monitoring.Predictions;

/// <summary>Wakes the evaluator of this process when rows have come, those included that came while it was at work.</summary>
internal sealed class TrafficSignal : IDisposable
{
    private readonly SemaphoreSlim _pending = new(0, 1);

    /// <summary>Rows have come.</summary>
    public void Set()
    {
        try
        {
            _pending.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    /// <summary>Waits until rows have come, at most as long as given.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _pending.WaitAsync(atMost, ct);

    public void Dispose() => _pending.Dispose();
}
