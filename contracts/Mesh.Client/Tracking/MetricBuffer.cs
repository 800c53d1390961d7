using System.Net;
using Mesh.Client.Tracking.Spool;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tracking;

/// <summary>
/// Collects points and sends them in batches, each second and when asked. A batch keeps its id until it is through, so that one which was stored but whose
/// answer was lost counts once. Points that wait too long, or are too many, go to the disk and are sent from there, in order; while the mesh answers
/// quickly nothing is written to it.
/// </summary>
internal sealed class MetricBuffer : IAsyncDisposable
{
    private const int BatchSize = 5_000;
    private const string DamagedCode = "spool.damaged";

    // Points in memory: beyond the first number they go to the disk, beyond the second, where there is no disk, they are refused.
    private const int SpillAbove = 100_000;
    private const int Capacity = 1_000_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SpillAfter = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.5);

    private readonly Func<LogMetrics, CancellationToken, Task> _send;
    private readonly MetricSpool? _spool;
    private readonly TimeProvider _clock;
    private readonly int? _attempt;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loops;

    // Held while the disk is written; taken before the other lock. Whoever logs waits for the other one only.
    private readonly Lock _order = new();
    private readonly Lock _gate = new();
    private List<MetricPoint> _points = [];
    private long _since;
    private Unsent? _unsent;
    private MeshException? _refusal;

    /// <param name="send">Sends a batch.</param>
    /// <param name="attempt">Of the run, told with each batch.</param>
    /// <param name="spool">Where points go that wait; without it all of them stay in memory.</param>
    public MetricBuffer(Func<LogMetrics, CancellationToken, Task> send, int? attempt, MetricSpool? spool, TimeProvider clock)
    {
        (_send, _attempt, _spool, _clock) = (send, attempt, spool, clock);
        var sending = Task.Run(() => EachAsync(Tick, SendAsync));
        _loops = spool is null ? sending : Task.WhenAll(sending, Task.Run(() => EachAsync(Look, SpillAgedAsync)));
        if (spool is not null) SpillOnExit.Add(this);
    }

    /// <exception cref="InvalidOperationException">There is no room.</exception>
    public void Add(MetricPoint point)
    {
        if (TryAdd(point, SpillAbove)) return;
        var spool = Spill();
        if (!TryAdd(point, spool is SpoolState.Full ? SpillAbove : Capacity)) throw new InvalidOperationException(spool is SpoolState.Full
            ? "So many metric values wait to be sent that their file on the disk is full, and the mesh does not take them."
            : $"{Capacity:N0} metric values wait to be sent and the mesh does not take them.");
    }

    /// <summary>Sends all that waits; throws the refusal of any batch since the last call.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await SendAsync(ct);
        if (Interlocked.Exchange(ref _refusal, null) is { } refusal) throw refusal;
    }

    /// <summary>Writes what waits in memory to the disk; says whether that went well.</summary>
    public SpoolState Spill()
    {
        if (_spool is null) return SpoolState.Broken;
        lock (_order)
        {
            if (_spool.State is not SpoolState.Open) return _spool.State;
            List<MetricPoint> points;
            lock (_gate) (points, _points) = (_points, []);
            List<LogMetrics> batches = [.. points.Chunk(BatchSize).Select(Batch)];
            var first = _unsent is { Spooled: false } ? 1 : 0;
            if (first > 0) batches.Insert(0, _unsent!.Batch);
            if (batches.Count == 0) return SpoolState.Open;
            var taken = _spool.Append(batches);
            if (taken > 0 && first > 0) _unsent = _unsent! with { Spooled = true };
            if (taken == batches.Count) return SpoolState.Open;
            lock (_gate) _points.InsertRange(0, batches.Skip(Math.Max(taken, first)).SelectMany(batch => batch.Points));
            return _spool.State;
        }
    }

    /// <summary>Stops sending by itself. What waits is on the disk then, and can still be flushed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync();
        await _loops;
        _stop.Dispose();
        Spill();
        SpillOnExit.Remove(this);
    }

    /// <summary>Whether points are lost with this, rather than kept until the mesh is there again.</summary>
    public static bool IsRefusal(MeshException e) =>
        e.Code == DamagedCode || ((int)e.Status is >= 400 and < 500 && e.Status != HttpStatusCode.TooManyRequests);

    private bool TryAdd(MetricPoint point, int room)
    {
        lock (_gate)
        {
            if (_points.Count >= room) return false;
            if (_points.Count == 0) _since = _clock.GetTimestamp();
            _points.Add(point);
            return true;
        }
    }

    private async Task EachAsync(TimeSpan period, Func<CancellationToken, Task> act)
    {
        using var timer = new PeriodicTimer(period, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await act(_stop.Token);
                }
                catch (Exception e) when (e is MeshException or IOException)
                {
                    // The mesh or the disk is away; the batch is kept and tried again.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private Task SpillAgedAsync(CancellationToken ct)
    {
        lock (_order)
        {
            long? oldest;
            lock (_gate) oldest = _unsent is { Spooled: false } ? _unsent.Since : _points.Count > 0 ? _since : null;
            if (oldest is { } since && _clock.GetElapsedTime(since) >= SpillAfter) Spill();
        }

        return Task.CompletedTask;
    }

    private async Task SendAsync(CancellationToken ct)
    {
        await _sending.WaitAsync(ct);
        try
        {
            while (Take() is { } batch)
            {
                try
                {
                    await _send(batch, ct);
                }
                catch (MeshException e) when (IsRefusal(e))
                {
                    // Sent again it would be refused again.
                    _refusal ??= e;
                }
                catch (MeshException)
                {
                    Spill();
                    throw;
                }

                Done();
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    // What is on the disk is older than what is in memory.
    private LogMetrics? Take()
    {
        lock (_order)
        {
            if (_unsent is null && _spool?.Peek() is { } spooled) _unsent = new Unsent(spooled, 0, true);
            if (_spool?.TakeDamaged() is > 0 and var damaged) _refusal ??= Unreadable(damaged);
            if (_unsent is not null) return _unsent.Batch;
            lock (_gate)
            {
                if (_points.Count == 0) return null;
                var some = _points.Count <= BatchSize ? _points : _points[..BatchSize];
                _points = _points.Count <= BatchSize ? [] : _points[BatchSize..];
                _unsent = new Unsent(Batch(some), _since, false);
                return _unsent.Batch;
            }
        }
    }

    private void Done()
    {
        lock (_order)
        {
            if (_unsent is { Spooled: true }) _spool!.Done(_unsent.Batch);
            _unsent = null;
        }
    }

    private LogMetrics Batch(IReadOnlyList<MetricPoint> points) => new(points, _attempt, Guid.CreateVersion7(_clock.GetUtcNow()));

    private static MeshException Unreadable(int batches) => new(new Problem
    {
        Type = $"urn:mesh:error:{DamagedCode}",
        Title = "Spool damaged",
        Status = 0,
        Code = DamagedCode,
        Detail = $"{batches:N0} batches of metric values could not be read back from the disk.",
    });

    private sealed record Unsent(LogMetrics Batch, long Since, bool Spooled);
}
