using System.Net;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tracking;

/// <summary>
/// Collects points and sends them in batches, each second and when asked. A batch keeps its id until it is through, so that one which was stored but whose
/// answer was lost counts once.
/// </summary>
internal sealed class MetricBuffer : IAsyncDisposable
{
    private const int BatchSize = 5000;
    private const int Capacity = 1_000_000;

    private readonly Func<IReadOnlyList<MetricPoint>, Guid, CancellationToken, Task> _send;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _loop;
    private List<MetricPoint> _points = [];
    private (IReadOnlyList<MetricPoint> Points, Guid Id)? _unsent;
    private MeshException? _refusal;

    public MetricBuffer(Func<IReadOnlyList<MetricPoint>, Guid, CancellationToken, Task> send, TimeProvider clock)
    {
        _send = send;
        _loop = Task.Run(() => LoopAsync(clock));
    }

    public void Add(MetricPoint point)
    {
        lock (_gate)
        {
            if (_points.Count >= Capacity) throw new InvalidOperationException($"{Capacity:N0} metric values wait to be sent and the mesh does not take them.");
            _points.Add(point);
        }
    }

    /// <summary>Sends all that waits; throws the refusal of any batch since the last call.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await SendAsync(ct);
        if (Interlocked.Exchange(ref _refusal, null) is { } refusal) throw refusal;
    }

    /// <summary>Stops sending by itself. What waits can still be flushed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested) await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    /// <summary>Whether points are lost with this, rather than kept until the mesh is there again.</summary>
    public static bool IsRefusal(MeshException e) => (int)e.Status is >= 400 and < 500 && e.Status != HttpStatusCode.TooManyRequests;

    private async Task LoopAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await SendAsync(_stop.Token);
                }
                catch (MeshException)
                {
                    // The mesh is away; the batch is kept and tried again.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task SendAsync(CancellationToken ct)
    {
        await _sending.WaitAsync(ct);
        try
        {
            while (_unsent is not null || TakeBatch())
            {
                var (points, id) = _unsent!.Value;
                try
                {
                    await _send(points, id, ct);
                }
                catch (MeshException e) when (IsRefusal(e))
                {
                    // Sent again it would be refused again.
                    _refusal ??= e;
                }

                _unsent = null;
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private bool TakeBatch()
    {
        lock (_gate)
        {
            if (_points.Count == 0) return false;
            var batch = _points.Count <= BatchSize ? _points : _points[..BatchSize];
            _points = _points.Count <= BatchSize ? [] : _points[BatchSize..];
            _unsent = (batch, Guid.CreateVersion7());
            return true;
        }
    }
}
