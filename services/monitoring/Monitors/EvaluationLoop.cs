using Mesh.Hosting.Store;
using Mesh.Monitoring.Predictions;
using Npgsql;

namespace Mesh.Monitoring.Monitors;

/// <summary>
/// Runs the evaluator in one replica: the one whose connection holds an advisory lock. The lock ends with the connection, so the others take over at once
/// when that replica dies.
/// </summary>
internal sealed class EvaluationLoop(
    ServiceDatabase<IMonitoringStore> database, WindowEvaluator evaluator, TrafficSignal signal, ILogger<EvaluationLoop> log) : BackgroundService
{
    /// <summary>Rows that another replica stored, and windows that only the clock closes, are seen this late at most.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Under steady traffic rounds follow each other no faster than this.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan Candidacy = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadAsync(() => failing = false, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                if (!failing) log.LogWarning("The evaluation of windows is interrupted: {Reason}", fault.Message);
                failing = true;
            }

            await Task.Delay(Candidacy, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeadAsync(Action onRound, CancellationToken ct)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using (var lead = new NpgsqlCommand("select pg_try_advisory_lock(hashtext('mesh.monitoring'), hashtext('evaluator'))", connection))
            if (await lead.ExecuteScalarAsync(ct) is not true) return;

        try
        {
            while (true)
            {
                await evaluator.RunOnceAsync(connection, ct);
                onRound();
                await Task.Delay(Breath, ct);
                await signal.WaitAsync(Tick, ct);
            }
        }
        finally
        {
            await ResignAsync(connection);
        }
    }

    // The pool would keep the connection, and with it the lock, for a while.
    private static async Task ResignAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var resign = new NpgsqlCommand("select pg_advisory_unlock_all()", connection) { CommandTimeout = 5 };
            await resign.ExecuteNonQueryAsync();
        }
        catch (Exception fault) when (fault is NpgsqlException or InvalidOperationException)
        {
            // A lost connection holds no lock.
        }
    }
}
