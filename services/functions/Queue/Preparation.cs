namespace Mesh.Functions.Queue;

/// <summary>The time in which an attempt is prepared. It is told when it takes longer than a moment; most attempts run sooner, and then both are told at once.</summary>
internal sealed class Preparation : IAsyncDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _over = new();
    private readonly DateTimeOffset _since;
    private readonly Task<bool> _told;

    /// <param name="tell">Tells it.</param>
    public Preparation(TimeProvider clock, Func<Task> tell)
    {
        _since = clock.GetUtcNow();
        _told = TellAsync(tell);
    }

    /// <summary>Ends it. What went wrong with the telling is thrown.</summary>
    /// <returns>Since when it lasted; null if that was told.</returns>
    public async Task<DateTimeOffset?> EndAsync()
    {
        await _over.CancelAsync();
        return await _told ? null : _since;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await ((Task)_told).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task<bool> TellAsync(Func<Task> tell)
    {
        await Task.Delay(Moment, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_over.IsCancellationRequested) return false;
        await tell();
        return true;
    }
}
