using System.Net.Http.Headers;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting;
using Mesh.Hosting.Clients;
using Mesh.Serving.Loading;

namespace Mesh.Serving.Capture;

/// <summary>
/// Carries captured predictions to monitoring in batches. A batch has an id, so sending it again after a lost answer does no harm; an outage is waited
/// out with growing pauses while the buffer fills. A stopping service first empties the buffer, as long as its draining may take.
/// </summary>
internal sealed class PredictionSender(
    PredictionCapture capture, [FromKeyedServices("serving")] ServiceClient services, ServingOptions options, MeshOptions mesh, TimeProvider clock,
    ILogger<PredictionSender> log) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A reader that waits is woken by every request, which costs more than its row does: rows are taken by the tick.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private const int MostSpare = 4;

    // A batch that monitoring fails on again and again must not hold up those behind it.
    private const int MostFailures = 5;

    private readonly Dictionary<(EndpointSlot, LoadedModel), PredictionBatchWriter> _open = [];
    private readonly Stack<PredictionBatchWriter> _spare = [];
    private readonly CancellationTokenSource _giveUp = new();
    private readonly TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;
    private bool _isCutOff;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _work = Task.Run(() => WorkAsync(_giveUp.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Empties the buffer while every door is still open, monitoring's included where it is in this process.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _hurry.TrySetResult();
        var deadline = clock.GetUtcNow() + TimeSpan.FromSeconds(mesh.DrainSeconds / 2.0);
        while (capture.PendingRows > 0 && clock.GetUtcNow() < deadline && !cancellationToken.IsCancellationRequested)
            await Task.Delay(TimeSpan.FromMilliseconds(10), clock, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        capture.Close();
        _giveUp.CancelAfter(TimeSpan.FromSeconds(mesh.DrainSeconds / 4.0));
        await _work;
        if (capture.PendingRows is > 0 and var lost) log.LogWarning("{Rows} captured predictions were lost: monitoring did not take them before the end", lost);
    }

    public void Dispose() => _giveUp.Dispose();

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WorkAsync(CancellationToken giveUp)
    {
        try
        {
            while (await capture.Reader.WaitToReadAsync(giveUp))
            {
                await GatherAsync(giveUp);
                foreach (var (key, batch) in _open)
                {
                    _open.Remove(key);
                    await SendAsync(batch, giveUp);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What is left is counted as dropped below.
        }

        foreach (var batch in _open.Values) Drop(batch);

        while (capture.Reader.TryRead(out var captured)) Drop(captured.Slot, captured.Batch.Rows);
    }

    private async Task GatherAsync(CancellationToken giveUp)
    {
        var linger = options.CaptureLinger > TimeSpan.Zero ? Task.WhenAny(Task.Delay(options.CaptureLinger, clock, giveUp), _hurry.Task) : Task.CompletedTask;
        while (true)
        {
            var isLast = linger.IsCompleted;
            while (capture.Reader.TryRead(out var captured)) await AddAsync(captured, giveUp);
            if (isLast) return;
            await Task.WhenAny(linger, Task.Delay(Tick, clock, giveUp));
        }
    }

    private async Task AddAsync(CapturedBatch captured, CancellationToken giveUp)
    {
        var key = (captured.Slot, captured.Model);
        var rows = captured.Batch.Rows;
        for (var row = 0; row < rows; row++)
        {
            if (!_open.TryGetValue(key, out var batch)) _open[key] = batch = Begin(captured);
            if (!batch.TryAdd(captured, row))
            {
                Drop(captured.Slot, rows - row);
                break;
            }

            if (!batch.IsFull) continue;
            _open.Remove(key);
            await SendAsync(batch, giveUp);
        }

        capture.Release(captured);
    }

    private PredictionBatchWriter Begin(in CapturedBatch captured)
    {
        var batch = _spare.TryPop(out var spare) ? spare : new PredictionBatchWriter();
        batch.Begin(captured.Slot, captured.Model);
        return batch;
    }

    private async Task SendAsync(PredictionBatchWriter batch, CancellationToken giveUp)
    {
        try
        {
            if (batch.Rows > 0) await DeliverAsync(batch, giveUp);
        }
        finally
        {
            if (_spare.Count < MostSpare) _spare.Push(batch);
        }
    }

    private async Task DeliverAsync(PredictionBatchWriter batch, CancellationToken giveUp)
    {
        var body = batch.Body;
        var failures = 0;
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await PostAsync(batch.Slot.Key.Project, body, giveUp);
                if (_isCutOff) log.LogInformation("Monitoring takes predictions again");
                _isCutOff = false;
                batch.Slot.CountCaptured(batch.Rows);
                capture.Settle(batch.Rows);
                return;
            }
            catch (ServiceCallException e) when (e.Problem.Status == StatusCodes.Status500InternalServerError ? ++failures == MostFailures : !e.IsOutage)
            {
                var (project, name) = batch.Slot.Key;
                log.LogWarning("Monitoring refused {Rows} predictions of endpoint {Endpoint} of {Project}: {Reason}", batch.Rows, name, project, e.Message);
                Drop(batch);
                return;
            }
            catch (Exception e) when (!giveUp.IsCancellationRequested)
            {
                if (!_isCutOff) log.LogWarning("Monitoring takes no predictions; they are buffered meanwhile: {Reason}", e.Message);
                _isCutOff = true;
                await WaitAsync(pause, batch, giveUp);
            }
            catch (OperationCanceledException)
            {
                Drop(batch);
                throw;
            }
        }
    }

    private async Task WaitAsync(TimeSpan pause, PredictionBatchWriter batch, CancellationToken giveUp)
    {
        try
        {
            await Task.Delay(pause, clock, giveUp);
        }
        catch (OperationCanceledException)
        {
            Drop(batch);
            throw;
        }
    }

    private async Task PostAsync(string project, ReadOnlyMemory<byte> body, CancellationToken giveUp)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
        limit.CancelAfter(Answer);
        using var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(PredictionFrames.ContentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/internal/projects/{project}/predictions") { Content = content };
        using var response = await services.SendAsync(request, "monitoring", project, limit.Token);
    }

    private void Drop(PredictionBatchWriter batch) => Drop(batch.Slot, batch.Rows);

    private void Drop(EndpointSlot slot, int rows)
    {
        slot.CountDropped(rows);
        capture.Settle(rows);
    }
}
