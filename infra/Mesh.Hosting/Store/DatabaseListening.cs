using Npgsql;

namespace Mesh.Hosting.Store;

/// <summary>Hears what replicas of a service tell each other by PostgreSQL's LISTEN and NOTIFY.</summary>
public static class DatabaseListening
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Listens to a channel until it is cancelled. The connection is its own and no other's after it: one that goes back to the pool would go on to listen. One that is lost is made anew.
    /// </summary>
    /// <param name="heard">Takes what was told.</param>
    /// <param name="began">Called as soon as nothing is missed any more, also after a loss: what was told before was not heard.</param>
    /// <param name="lost">Takes the reason, once for each loss.</param>
    public static async Task ListenAsync(this ServiceDatabase database, string channel, Action<string> heard, Action began, Action<string> lost, CancellationToken ct)
    {
        var own = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false };
        var isLost = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(own.ConnectionString);
                connection.Notification += (_, news) => heard(news.Payload);
                await connection.OpenAsync(ct);
                await using (var listen = new NpgsqlCommand($"listen {channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
                isLost = false;
                began();
                while (true) await connection.WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                if (!isLost) lost(fault.Message);
                isLost = true;
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
