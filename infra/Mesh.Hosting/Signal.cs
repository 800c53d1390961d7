namespace Mesh.Hosting;

/// <summary>Wakes a loop of this process, so that work begins when it is there and not when the loop looks next. What is raised while the loop is at work wakes it afterwards.</summary>
public class Signal : IDisposable
{
    private readonly SemaphoreSlim _raised = new(0, 1);

    /// <summary>There is something to do.</summary>
    public void Raise()
    {
        try
        {
            _raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // The loop has been told already.
        }
    }

    /// <summary>Returns when it is raised, or after a while.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _raised.WaitAsync(atMost, ct);

    /// <summary>Nobody waits any more.</summary>
    public void Dispose()
    {
        _raised.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The signal of one loop; every process has one for each.</summary>
/// <typeparam name="TLoop">The loop.</typeparam>
public sealed class Signal<TLoop> : Signal;
