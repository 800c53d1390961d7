using System.Collections.Concurrent;
using Marten;
using Marten.Services;
using Npgsql;
using NpgsqlTypes;

namespace Mesh.Hosting.Store;

/// <summary>
/// Finds the statements that a store executes again and again, and prepares them on each connection as it is opened: PostgreSQL then parses and plans them once, not each time.
/// Pages of lists and searches are left alone, since those are planned by their values.
/// </summary>
/// <remarks>Npgsql could prepare by itself, but then in the execution itself; see <see href="../../adr/076-hot-statements-are-prepared-as-a-connection-opens.md">ADR 076</see>.</remarks>
internal sealed class HotStatements : IMartenLogger, IMartenSessionLogger
{
    private const int Often = 200;
    private const int MostKnown = 300;
    private const int MostHot = 64;
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, StatementUse> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, NpgsqlDbType[]> _hot = new(StringComparer.Ordinal);
    private int _renewing;

    /// <summary>Closes the connections that do not know of them yet, as soon as nobody uses them.</summary>
    public Action? Renew { get; set; }

    /// <summary>Those that are prepared.</summary>
    public IReadOnlyCollection<string> Texts => [.. _hot.Keys];

    /// <summary>Prepares them on a connection.</summary>
    public async Task PrepareAsync(NpgsqlConnection connection)
    {
        if (_hot.IsEmpty) return;
        await using var batch = Batch(connection);
        try
        {
            await batch.PrepareAsync();
        }
        catch (PostgresException e)
        {
            Forget(e);
        }
    }

    /// <inheritdoc cref="PrepareAsync" />
    public void Prepare(NpgsqlConnection connection)
    {
        if (_hot.IsEmpty) return;
        using var batch = Batch(connection);
        try
        {
            batch.Prepare();
        }
        catch (PostgresException e)
        {
            Forget(e);
        }
    }

    public void OnBeforeExecute(NpgsqlBatch batch)
    {
        foreach (NpgsqlBatchCommand command in batch.BatchCommands) Count(command.CommandText, command.Parameters);
    }

    public void OnBeforeExecute(NpgsqlCommand command) => Count(command.CommandText, command.Parameters);

    public IMartenSessionLogger StartSession(IQuerySession session) => this;

    public void SchemaChange(string sql)
    {
    }

    public void LogSuccess(NpgsqlCommand command)
    {
    }

    public void LogSuccess(NpgsqlBatch batch)
    {
    }

    public void LogFailure(NpgsqlCommand command, Exception ex)
    {
    }

    public void LogFailure(NpgsqlBatch batch, Exception ex)
    {
    }

    public void LogFailure(Exception ex, string message)
    {
    }

    public void RecordSavedChanges(IDocumentSession session, IChangeSet commit)
    {
    }

    private NpgsqlBatch Batch(NpgsqlConnection connection)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var (text, types) in _hot)
        {
            var command = new NpgsqlBatchCommand(text);
            foreach (var type in types) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
            batch.BatchCommands.Add(command);
        }

        return batch;
    }

    private void Count(string text, NpgsqlParameterCollection parameters)
    {
        if (!_known.TryGetValue(text, out var use))
        {
            // Texts that are never the same again, such as those of searches, push each other out.
            if (_known.Count >= MostKnown) _known.Clear();
            use = _known.GetOrAdd(text, _ => new StatementUse());
        }

        if (Interlocked.Increment(ref use.Count) != Often || _hot.Count >= MostHot || IsPage(text)) return;
        var types = new NpgsqlDbType[parameters.Count];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = parameters[i].NpgsqlDbType;
            // By place only: a name has no place in what is prepared.
            if (types[i] == NpgsqlDbType.Unknown || parameters[i].ParameterName.Length > 0) return;
        }

        _hot[text] = types;
        if (Interlocked.Exchange(ref _renewing, 1) == 0) _ = RenewAsync();
    }

    /// <summary>Where something of theirs is gone (SQLSTATE class 42), they are executed as they are until they are hot again.</summary>
    private void Forget(PostgresException fault)
    {
        if (!fault.SqlState.StartsWith("42", StringComparison.Ordinal)) return;
        _hot.Clear();
        _known.Clear();
    }

    private static bool IsPage(string text) => text.Contains(" limit ", StringComparison.OrdinalIgnoreCase);

    private async Task RenewAsync()
    {
        // They become hot together.
        await Task.Delay(Gather);
        Volatile.Write(ref _renewing, 0);
        Renew?.Invoke();
    }

    private sealed class StatementUse
    {
        public int Count;
    }
}
