namespace Mesh.Hosting.Store;

/// <summary>For the process that is the only one of its service: the daemon is here.</summary>
internal sealed class LocalAppendSignal : AppendSignal
{
    private readonly Signal _appended = new();

    protected override Task NextAsync(TimeSpan timeout, CancellationToken token) => _appended.WaitAsync(timeout, token);

    public override void Dispose()
    {
        // Stores are written to until the process ends, after their daemon too.
    }

    protected override void Raise() => _appended.Raise();
}
