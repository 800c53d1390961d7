namespace Mesh.Artifacts.Bells;

/// <summary>Wakes a loop of this process, so that work begins when it is there and not when the loop looks next.</summary>
/// <typeparam name="TLoop">The loop.</typeparam>
internal sealed class Bell<TLoop> : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    /// <summary>There is something to do.</summary>
    public void Ring()
    {
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // It was rung already.
        }
    }

    /// <summary>Returns when it is rung, or after a while.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken ct) => _rung.WaitAsync(most, ct);

    public void Dispose() => _rung.Dispose();
}
