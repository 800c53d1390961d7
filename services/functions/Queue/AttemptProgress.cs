using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Queue;

/// <summary>
/// Tells the server how an attempt goes on. What lasts longer than a moment is told when the moment is over; most attempts are over sooner, and all of it is told at once with their end.
/// Thread-safe.
/// </summary>
/// <param name="attempt">Number of the attempt.</param>
/// <param name="tell">Tells it; throws <see cref="OperationCanceledException"/> when the attempt may not go on.</param>
internal sealed class AttemptProgress(int attempt, TimeProvider clock, Func<IReadOnlyList<JobCommand.Advance>, Task> tell) : IAsyncDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private readonly List<JobCommand.Advance> _untold = [];
    private Task _telling = Task.CompletedTask;
    private bool _isTelling;

    /// <summary>The attempt enters a state now.</summary>
    public void Enter(AttemptState state)
    {
        lock (_gate)
        {
            _untold.Add(new JobCommand.Advance(attempt, state, clock.GetUtcNow()));
            if (_isTelling) return;
            _isTelling = true;
            _telling = TellSoonAsync();
        }
    }

    /// <summary>Tells at once what is not told yet. What goes wrong is thrown.</summary>
    public Task FlushAsync() => TellAsync();

    /// <summary>Tells nothing more.</summary>
    /// <returns>What was not told, for who tells the end.</returns>
    public async Task<IReadOnlyList<JobCommand.Advance>> EndAsync()
    {
        await _over.CancelAsync();
        await _telling;
        return _untold;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _over.Dispose();
        _turn.Dispose();
    }

    private async Task TellSoonAsync()
    {
        for (var wait = Moment; ;)
        {
            await Task.Delay(wait, clock, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_over.IsCancellationRequested) return;
            try
            {
                await TellAsync();
                wait = Moment;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                // The database is away: it is told with what follows, or when it is back.
                wait = AfterFailure;
            }

            lock (_gate)
            {
                // What was entered meanwhile has its own moment.
                if (_untold.Count > 0) continue;
                _isTelling = false;
                return;
            }
        }
    }

    private async Task TellAsync()
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            JobCommand.Advance[] untold;
            lock (_gate) untold = [.. _untold];
            if (untold.Length == 0) return;
            await tell(untold);
            lock (_gate) _untold.RemoveRange(0, untold.Length);
        }
        finally
        {
            _turn.Release();
        }
    }
}
