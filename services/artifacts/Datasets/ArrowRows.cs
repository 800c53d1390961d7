using System.Threading.Channels;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Mesh.Hosting.Http;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// Rows on their way from DuckDB to a client: a thread of its own makes batches, a few ahead of what the client has taken, so that the memory stays the
/// same however many rows there are and however slow the client is.
/// </summary>
internal sealed class ArrowRows : IAsyncDisposable
{
    private const int BatchesAhead = 4;

    private readonly IDisposable _place;
    private readonly LocalFile _file;
    private readonly CancellationTokenSource _end;
    private readonly SemaphoreSlim _room = new(BatchesAhead);
    private readonly Channel<RecordBatch> _batches = Channel.CreateUnbounded<RecordBatch>();
    private readonly TaskCompletionSource<Schema> _schema = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _making = Task.CompletedTask;

    private ArrowRows(IDisposable place, LocalFile file, CancellationToken ct) => (_place, _file, _end) = (place, file, CancellationTokenSource.CreateLinkedTokenSource(ct));

    /// <summary>Begins to read, and returns once the first batch is there: what is wrong with the file or the query shows before the answer begins.</summary>
    /// <param name="open">Makes the session on the thread that reads.</param>
    /// <exception cref="RejectedException">The file is at fault.</exception>
    public static async Task<ArrowRows> BeginAsync(
        IDisposable place, LocalFile file, Func<CancellationToken, DuckSession> open, string sql, IReadOnlyList<object> parameters, TimeSpan limit, CancellationToken ct)
    {
        var rows = new ArrowRows(place, file, ct);
        rows._making = rows.MakeAsync(open, sql, parameters, limit);
        try
        {
            await rows._schema.Task;
            return rows;
        }
        catch (DatasetFaultException e)
        {
            await rows.DisposeAsync();
            throw new RejectedException(e.Fault.ToRejection());
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes all rows as a stream of Arrow IPC.</summary>
    public async Task WriteAsync(Stream target, CancellationToken ct)
    {
        using var writer = new ArrowStreamWriter(target, await _schema.Task, leaveOpen: true);
        await writer.WriteStartAsync(ct);
        await foreach (var batch in _batches.Reader.ReadAllAsync(ct))
        {
            using (batch) await writer.WriteRecordBatchAsync(batch, ct);
            _room.Release();
        }

        await writer.WriteEndAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _making;
        while (_batches.Reader.TryRead(out var batch)) batch.Dispose();
        await _file.DisposeAsync();
        _place.Dispose();
        _room.Dispose();
        _end.Dispose();
    }

    private async Task MakeAsync(Func<CancellationToken, DuckSession> open, string sql, IReadOnlyList<object> parameters, TimeSpan limit)
    {
        try
        {
            await DuckWork.RunAsync(_file.Path, limit, token =>
            {
                Make(open, sql, parameters, token);
                return true;
            }, _end.Token);
            _batches.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _schema.TrySetException(e);
            _batches.Writer.TryComplete(e);
        }
    }

    private void Make(Func<CancellationToken, DuckSession> open, string sql, IReadOnlyList<object> parameters, CancellationToken ct)
    {
        using var session = open(ct);
        using var command = session.Stream(sql, parameters);
        using var stream = command.ExecuteArrowStream();
        while (true)
        {
            _room.Wait(ct);
            var batch = Next(stream, ct);
            _schema.TrySetResult(stream.Schema);
            if (batch is null) return;
            _batches.Writer.TryWrite(batch);
        }
    }

    // DuckDB answers on the thread that asks: the task is done when it is there.
    private static RecordBatch? Next(IArrowArrayStream stream, CancellationToken ct)
    {
        var next = stream.ReadNextRecordBatchAsync(ct);
#pragma warning disable VSTHRD002 // It is done, or the answer is an exception: nothing waits here.
        return next.IsCompleted ? next.GetAwaiter().GetResult() : throw new InvalidOperationException("A batch was not read at once.");
#pragma warning restore VSTHRD002
    }
}
