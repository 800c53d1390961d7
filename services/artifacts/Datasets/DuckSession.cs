using System.Data;
using System.Globalization;
using DuckDB.NET.Data;

namespace Mesh.Artifacts.Datasets;

/// <summary>
/// A DuckDB of its own for one file: little memory, few threads, no network, no extensions, and no file but this one. Its rows are the relation
/// <see cref="Relation"/>. What it does is synchronous: see <see cref="DuckWork"/>.
/// </summary>
internal sealed class DuckSession : IDisposable
{
    /// <summary>Name of the relation with the file's rows.</summary>
    public const string Relation = "data";

    private readonly DuckDBConnection _connection;
    private readonly string _scratch;
    private readonly CancellationToken _ct;
    private readonly CancellationTokenRegistration _interrupt;
    private ArrowScan? _arrow;

    private DuckSession(DuckDBConnection connection, string scratch, CancellationToken ct)
    {
        (_connection, _scratch, _ct) = (connection, scratch, ct);
        _interrupt = ct.Register(Interrupt);
    }

    /// <summary>Opens a database that can read one file.</summary>
    /// <param name="threads">One where the order of work must not matter.</param>
    public static DuckSession Open(string path, DatasetsOptions options, CancellationToken ct, int? threads = null, bool isArrow = false)
    {
        ct.ThrowIfCancellationRequested();
        // DuckDB makes the last folder of the path alone, and only when it needs it.
        Directory.CreateDirectory(options.ScratchPath);
        var own = Path.Combine(options.ScratchPath, Guid.CreateVersion7().ToString("N"));
        var connection = new DuckDBConnection("DataSource=:memory:");
        try
        {
            connection.Open();
            var session = new DuckSession(connection, own, ct);
            session.Execute("set autoinstall_known_extensions = false");
            session.Execute("set autoload_known_extensions = false");
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"set threads = {threads ?? options.Threads}"));
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"set memory_limit = '{options.MemoryMegabytes}MiB'"));
            session.Execute($"set temp_directory = {Sql.Text(own)}");
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"set max_temp_directory_size = '{options.ScratchMegabytes}MiB'"));
            session.Execute("set TimeZone = 'UTC'");
            // The scan of Arrow batches says that it filters and picks columns, and does neither.
            if (isArrow) session.Execute("set disabled_optimizers = 'filter_pushdown,unused_columns'");
            session.Execute($"set allowed_paths = [{Sql.Text(path)}]");
            session.Execute("set enable_external_access = false");
            session.Execute("set lock_configuration = true");
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes a query the relation.</summary>
    public void Define(string select) => Execute($"create or replace view {Relation} as {select}");

    /// <summary>Makes the batches of an Arrow file the relation.</summary>
    public void Define(string path, bool isStream) => _arrow = new ArrowScan(_connection, path, isStream);

    /// <summary>Runs a statement without result.</summary>
    public void Execute(string sql)
    {
        using var command = Command(sql, []);
        command.ExecuteNonQuery();
    }

    /// <summary>Reads all rows of a small result.</summary>
    public List<T> Query<T>(string sql, Func<IDataRecord, T> read, params IReadOnlyList<object> parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>A command whose result is read as it comes.</summary>
    public DuckDBCommand Stream(string sql, IReadOnlyList<object> parameters)
    {
        var command = Command(sql, parameters);
        command.UseStreamingMode = true;
        return command;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _connection.Dispose();
        _arrow?.Dispose();
        if (Directory.Exists(_scratch)) Directory.Delete(_scratch, recursive: true);
    }

    private DuckDBCommand Command(string sql, IReadOnlyList<object> parameters)
    {
        _ct.ThrowIfCancellationRequested();
        _arrow?.Rewind();
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var value in parameters) command.Parameters.Add(new DuckDBParameter(value));
        return command;
    }

    private void Interrupt()
    {
        try
        {
            DuckDB.NET.Native.NativeMethods.Startup.DuckDBInterrupt(_connection.NativeConnection);
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            // It is over already.
        }
    }
}
