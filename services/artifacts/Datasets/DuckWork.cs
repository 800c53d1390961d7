using DuckDB.NET.Data;
using Mesh.Contracts.Artifacts;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Runs what DuckDB does: each on a thread of its own, since it blocks, within a limit of time, and few at once. The threads that answer requests
/// are never taken.
/// </summary>
internal static class DuckWork
{
    /// <summary>Runs work until it is done, the time is up, or nobody waits for it any more.</summary>
    /// <exception cref="DatasetFaultException">The file is at fault, or the time is up.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    public static async Task<T> RunAsync<T>(string path, TimeSpan limit, Func<CancellationToken, T> work, CancellationToken ct)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timed.CancelAfter(limit);
        var token = timed.Token;
        try
        {
            return await Task.Factory.StartNew(() => work(token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(ct);
        }
        catch (Exception e) when (token.IsCancellationRequested && e is OperationCanceledException or DuckDBException)
        {
            throw new DatasetFaultException(new DatasetFault(FaultOf.TooSlow, $"Reading it was given up after {limit.TotalSeconds:0} s."));
        }
        catch (Exception e) when (e is not DatasetFaultException && FaultOf.Read(e, path) is { } fault)
        {
            throw new DatasetFaultException(fault);
        }
    }
}

/// <summary>Lets so many readings in at once. Who would wait too long is told to come back later.</summary>
internal sealed class ReadingGate(DatasetsOptions options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Readings);

    /// <exception cref="RejectedException">All readings are taken, and none ended in time.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken ct) => await _free.WaitAsync(TimeSpan.FromSeconds(options.PatienceSeconds), ct)
        ? new Place(_free)
        : throw new RejectedException(Rejection.Unavailable("dataset.busy", "Too many data sets are being read at this moment. Try again soon."));

    public void Dispose() => _free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private SemaphoreSlim? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Release();
    }
}
