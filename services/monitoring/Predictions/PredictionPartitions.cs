using System.Collections.Concurrent;
using System.Globalization;
using Mesh.Hosting.Store;
using Npgsql;

namespace Mesh.Monitoring.Predictions;

/// <summary>Makes the partition of each day of arrival before its first row, and drops those that are older than the retention.</summary>
internal sealed class PredictionPartitions(ServiceDatabase<IMonitoringStore> database)
{
    private const string Prefix = "prediction_segments_";
    private readonly ConcurrentDictionary<DateOnly, bool> _known = new();

    /// <summary>Makes sure that rows arriving at this moment have a partition.</summary>
    public async Task EnsureAsync(DateTimeOffset moment, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime(moment.UtcDateTime);
        if (_known.ContainsKey(day)) return;
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // Two replicas may come first on the same day; "if not exists" alone races in the catalogue.
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(hashtext('mesh.monitoring.partitions'))", ct);
        await ExecuteAsync(
            connection,
            $"create table if not exists {NameOf(day)} partition of prediction_segments "
            + $"for values from ('{Text(day)}T00:00:00Z') to ('{Text(day.AddDays(1))}T00:00:00Z')", ct);
        await transaction.CommitAsync(ct);
        _known[day] = true;
    }

    /// <summary>Drops the days that lie wholly before the moment, with the marks of their batches.</summary>
    /// <returns>Number of dropped days.</returns>
    public async Task<int> DropBeforeAsync(DateTimeOffset moment, CancellationToken ct)
    {
        var first = DateOnly.FromDateTime(moment.UtcDateTime);
        await using var connection = await database.DataSource.OpenConnectionAsync(ct);
        var old = new List<DateOnly>();
        await using (var list = new NpgsqlCommand("select relid::regclass::text from pg_partition_tree('prediction_segments') where isleaf", connection))
        await using (var reader = await list.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var name = reader.GetString(0);
                var at = name.LastIndexOf(Prefix, StringComparison.Ordinal);
                if (at < 0) continue;
                var date = name[(at + Prefix.Length)..];
                if (DateOnly.TryParseExact(date, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < first) old.Add(day);
            }
        }

        foreach (var day in old)
        {
            await ExecuteAsync(connection, $"drop table if exists {NameOf(day)}", ct);
            _known.TryRemove(day, out _);
        }

        await using var marks = new NpgsqlCommand("delete from prediction_batches where arrived_at < $1", connection);
        marks.Parameters.Add(Moments.Parameter(moment));
        await marks.ExecuteNonQueryAsync(ct);
        return old.Count;
    }

    private static string NameOf(DateOnly day) => Prefix + day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
