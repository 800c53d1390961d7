using Marten.Events.Daemon.HighWater;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>
/// For services of several replicas, of which one runs the daemon: by LISTEN and NOTIFY on a channel of the service. Commits that come while a NOTIFY is on
/// its way share the next one.
/// </summary>
internal sealed class SharedAppendSignal(NpgsqlDataSource data, string schema, ILogger log) : AppendSignal
{
    private readonly string _channel = $"mesh_{schema}_appended";
    private PostgresqlListenWakeup? _listen;
    private int _untold;

    protected override Task NextAsync(TimeSpan timeout, CancellationToken token) => (_listen ??= new(data, log, _channel)).WaitAsync(timeout, token);

    public override void Dispose()
    {
        _listen?.Dispose();
        _listen = null;
    }

    protected override void Raise()
    {
        if (Interlocked.Increment(ref _untold) == 1) _ = TellAsync();
    }

    private async Task TellAsync()
    {
        int told;
        do
        {
            told = Volatile.Read(ref _untold);
            try
            {
                await using var notify = data.CreateCommand("select pg_notify($1, '')");
                notify.Parameters.Add(new NpgsqlParameter { Value = _channel });
                await notify.ExecuteNonQueryAsync();
            }
            catch (Exception fault) when (fault is NpgsqlException or ObjectDisposedException or InvalidOperationException or TimeoutException)
            {
                log.LogDebug(fault, "The daemon was not told of appended events; it finds them by itself");
            }
        }
        while (Interlocked.Add(ref _untold, -told) > 0);
    }
}
