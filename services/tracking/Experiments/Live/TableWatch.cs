using Npgsql;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>
/// Looks at a table twice a second for all who follow it, however many changes there are and whichever replica made them, and holds the newest page that
/// it found. One who is slower than that has missed it and reads what changed since by itself: a slow follower makes nothing grow.
/// </summary>
internal sealed class TableWatch(string project, long experiment, TableReader reader, TimeProvider clock, ILogger log) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ends = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _number;
    private TablePage? _newest;
    private TablePosition? _at;
    private volatile bool _isLost;

    public string Project => project;

    public long Experiment => experiment;

    /// <summary>How many follow. The feed's own.</summary>
    public int Followers { get; set; }

    /// <summary>Whether the database was lost: it looks no more.</summary>
    public bool IsLost => _isLost;

    /// <summary>Number of the newest page. Whoever reads the table by itself after asking for it has missed nothing up to that page.</summary>
    public long Number
    {
        get
        {
            lock (_gate) return _number;
        }
    }

    /// <summary>Begins to look from a position on, unless it does already.</summary>
    public void Start(TablePosition from)
    {
        lock (_gate)
        {
            if (_at is not null) return;
            _at = from;
        }

        _ = Task.Run(() => LookAsync(from, _ends.Token), CancellationToken.None);
    }

    /// <summary>Ends to look.</summary>
    public void Dispose()
    {
        _ends.Cancel();
        _ends.Dispose();
    }

    /// <summary>Waits for a page behind the one of that number, but not for ever.</summary>
    /// <returns>The number of the newest page (the given one when none came), and that page when it is the next one: null says that some were missed.</returns>
    public async Task<(long Number, TablePage? Page)> NextAsync(long after, TimeSpan atMost, CancellationToken ct)
    {
        Task news;
        lock (_gate)
        {
            if (_number > after) return Newest(after);
            news = _news.Task;
        }

        try
        {
            await news.WaitAsync(atMost, clock, ct);
        }
        catch (TimeoutException)
        {
            // Nothing changed.
        }

        lock (_gate) return Newest(after);
    }

    private (long Number, TablePage? Page) Newest(long after) => (_number, _number == after + 1 ? _newest : null);

    private async Task LookAsync(TablePosition at, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, clock, ct);
                var page = await reader.ChangedAsync(project, experiment, at, ct);
                at = page.To;
                if (page.Event is not null || page.Over) Publish(page);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Nobody follows any more.
        }
        catch (Exception fault)
        {
            if (fault is NpgsqlException) log.LogWarning("A table of runs that is followed lost the database; its followers come again: {Reason}", fault.Message);
            else log.LogError(fault, "A table of runs that is followed could not be read");
            _isLost = true;
            lock (_gate) _news.TrySetResult();
        }
    }

    private void Publish(TablePage page)
    {
        lock (_gate)
        {
            (_newest, _number) = (page, _number + 1);
            _news.SetResult();
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
