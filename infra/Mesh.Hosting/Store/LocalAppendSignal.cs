namespace Mesh.Hosting.Store;

/// <summary>For the process that is the only one of its service: the daemon is here.</summary>
internal sealed class LocalAppendSignal : AppendSignal
{
    // Kept until somebody waits: what is committed while the daemon looks is seen by its next look.
    private readonly SemaphoreSlim _raised = new(0, 1);

    public override Task WaitAsync(TimeSpan timeout, CancellationToken token) => _raised.WaitAsync(timeout, token);

    public override void Dispose()
    {
        // Stores are written to until the process ends, after their daemon too.
    }

    protected override void Raise()
    {
        try
        {
            _raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // The daemon has been told already.
        }
    }
}
