using Npgsql;

namespace Mesh.Postgres;

/// <summary>
/// A PostgreSQL server of our own on a loopback port, kept in one data directory. It is taken over from a parent that was killed, started again when it
/// dies by itself, and stopped when this object is disposed.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly PostgresOptions _options;
    private readonly Cluster _cluster;
    private readonly ServerUser _user;
    private readonly FileLock _lock;
    private readonly string _password;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private OrphanWatch? _orphanWatch;
    private Task _keeping = Task.CompletedTask;
    private bool _stopped;

    private PostgresServer(PostgresOptions options, Cluster cluster, PostgresBinaries binaries, ServerUser user, FileLock @lock, string password, int port)
    {
        (_options, _cluster, _user, _lock, _password) = (options, cluster, user, @lock, password);
        (Binaries, Port) = (binaries, port);
    }

    /// <summary>The programs it runs from.</summary>
    public PostgresBinaries Binaries { get; }

    /// <summary>The loopback port, the same over restarts.</summary>
    public int Port { get; private set; }

    /// <summary>The process id of the server's main process, null while it does not run.</summary>
    public int? ProcessId => _cluster.RunningProcess();

    /// <summary>Connection string of its superuser, database <c>postgres</c>.</summary>
    public string ConnectionString => ConnectionStringTo("postgres");

    /// <summary>Starts the server, or takes over the one that a killed parent left. Makes the cluster at the first start.</summary>
    /// <exception cref="PostgresServerException">It cannot be had. The message says why and what to do.</exception>
    public static async Task<PostgresServer> StartAsync(PostgresOptions options, CancellationToken ct = default)
    {
        var cluster = new Cluster(options.DataDirectory);
        var user = await ServerUser.ForAsync(cluster.Data, ct);
        FileLock? @lock = null;
        try
        {
            cluster.Prepare(user);
            @lock = FileLock.TryTake(cluster.Owner)
                ?? throw new PostgresServerException($"Another process already runs the PostgreSQL of {cluster.Folder}. Stop it, or use another data directory.");
            var binaries = await PostgresBinaries.FindAsync(options, cluster.Major, ct);
            if (cluster.Major is null)
            {
                options.Report($"Making the PostgreSQL {binaries.Version.Major} cluster in {cluster.Folder}…");
            }

            await cluster.InitializeAsync(binaries, user, options.Durable, ct);
            var server = new PostgresServer(options, cluster, binaries, user, @lock, await cluster.ReadPasswordAsync(ct), port: 0);
            await server.RunAsync(ct);
            return server;
        }
        catch (Exception e)
        {
            if (@lock is not null)
            {
                await @lock.DisposeAsync();
            }

            if (e is IOException or UnauthorizedAccessException)
            {
                throw new PostgresServerException($"PostgreSQL's data directory {cluster.Folder} cannot be used: {e.Message}", e);
            }

            throw;
        }
    }

    /// <summary>Connection string of the superuser to a database of this server.</summary>
    public string ConnectionStringTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = Cluster.Superuser,
        Password = _password,
        Database = database,
    }.ConnectionString;

    /// <summary>Makes the database unless it exists.</summary>
    public async Task CreateDatabaseAsync(string name, CancellationToken ct = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(ct);
        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        try
        {
            await create.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase)
        {
        }
    }

    /// <summary>Starts the server again, on the same port, if its process has died. Waits for that port where another program took it.</summary>
    /// <exception cref="PostgresServerException">It does not start. The message ends with its log.</exception>
    public async Task EnsureRunningAsync(CancellationToken ct = default)
    {
        await _turn.WaitAsync(ct);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (_cluster.RunningProcess() is null)
            {
                await WaitForPortAsync(ct);
                await LaunchAsync(Port, ct);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops the server: sessions end at once, all that was committed is kept, and it closes with a checkpoint.</summary>
    public async Task StopAsync(CancellationToken ct = default)
    {
        await _stopping.CancelAsync();
        await _turn.WaitAsync(ct);
        try
        {
            if (_stopped) return;

            await EndAsync(ct);
            _orphanWatch?.Dispose();
            await _lock.DisposeAsync();
            _stopped = true;
        }
        finally
        {
            _turn.Release();
        }

        await _keeping;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _turn.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        // First of all the mark: from here on the watch of a killed parent leaves the server alone, and ours ends it if we die half way.
        var mark = Guid.CreateVersion7().ToString();
        await _lock.WriteAsync(mark, ct);
        _orphanWatch = OrphanWatch.Start(_cluster, mark, _options.OrphanGrace);
        try
        {
            if (!await AdoptAsync(ct))
            {
                await EndAsync(ct);
                await LaunchAsync(_options.Port, ct);
            }
        }
        catch
        {
            await EndAsync(CancellationToken.None);
            _orphanWatch.Dispose();
            throw;
        }

        if (_options.KeepRunning)
        {
            _keeping = KeepRunningAsync(_stopping.Token);
        }
    }

    // A server that was left over is ours again if it has today's settings and answers.
    private async Task<bool> AdoptAsync(CancellationToken ct)
    {
        var settings = File.Exists(_cluster.Settings) ? await File.ReadAllTextAsync(_cluster.Settings, ct) : null;
        if (_cluster.RunningProcess() is null || PostgresSettings.PortIn(settings) is not { } port || settings != Render(_options.Port ?? port)) return false;

        Port = port;
        return await AnswersAsync(ct);
    }

    // Connection strings that were given out name the port: another program that took it meanwhile is waited for.
    private async Task WaitForPortAsync(CancellationToken ct)
    {
        for (var told = false; !LoopbackPort.IsFree(Port); told = true)
        {
            if (!told) _options.Report($"PostgreSQL waits for its port {Port}, which another program took while it was down.");
            await Task.Delay(250, ct);
        }
    }

    // Without a fixed port: the one of the last start when it is free, else any free one.
    private async Task LaunchAsync(int? fixedPort, CancellationToken ct)
    {
        // A pid file whose process is gone, or became another program, would stop PostgreSQL from starting.
        File.Delete(_cluster.PidFile);
        var last = File.Exists(_cluster.Settings) ? PostgresSettings.PortIn(await File.ReadAllTextAsync(_cluster.Settings, ct)) : null;
        Port = fixedPort ?? (last is { } l && LoopbackPort.IsFree(l) ? l : LoopbackPort.Free());
        for (var attempt = 1; ; attempt++)
        {
            if (fixedPort is { } wanted && !LoopbackPort.IsFree(wanted))
            {
                throw new PostgresServerException($"PostgreSQL cannot listen on port {wanted}: another program does. Choose another port or stop that program.");
            }

            _cluster.RotateLog();
            await File.WriteAllTextAsync(_cluster.Settings, Render(Port), ct);
            await File.AppendAllTextAsync(_cluster.Log, "", ct);
            await _user.OwnAsync(_cluster.Data, ct);
            await _user.OwnAsync(_cluster.Log, ct);
            var started = await ControlAsync(["start", "-w", "-t", "60", "-l", _cluster.Log], ct);
            if (started.Succeeded && await AnswersAsync(ct)) return;

            // The port may have been taken meanwhile, or processes of a killed server still hold its shared memory for a moment.
            if (attempt == 4)
            {
                throw new PostgresServerException($"PostgreSQL {Binaries.Version} does not start. {started.Output}\nThe end of {_cluster.Log}:\n{_cluster.LogTail()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(400 * attempt), ct);
            Port = fixedPort ?? (LoopbackPort.IsFree(Port) ? Port : LoopbackPort.Free());
        }
    }

    private async Task EndAsync(CancellationToken ct)
    {
        foreach (var (mode, patience) in new[] { ("fast", 30), ("immediate", 10) })
        {
            if (_cluster.RunningProcess() is not { } pid) return;

            await ControlAsync(["stop", "-m", mode, "-W"], ct);
            if (await ServerProcess.WaitForEndAsync(pid, _cluster.Data, TimeSpan.FromSeconds(patience), ct)) return;
        }

        throw new PostgresServerException($"PostgreSQL (process {_cluster.RunningProcess()}) does not stop. End that process, then try again.");
    }

    private async Task KeepRunningAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (_cluster.RunningProcess() is not null) continue;

                try
                {
                    _options.Report("PostgreSQL ended unexpectedly; it is started again.");
                    await EnsureRunningAsync(stopping);
                }
                catch (Exception e) when (e is PostgresServerException or IOException or UnauthorizedAccessException)
                {
                    _options.Report(e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private Task<CommandResult> ControlAsync(IReadOnlyList<string> arguments, CancellationToken ct) =>
        _user.Run(Binaries.Program("pg_ctl"), _cluster.Folder, [.. arguments, "-D", _cluster.Data]).RunAsync(ct);

    private string Render(int port) => PostgresSettings.Render(_options, Binaries.Version.Major, port);

    // After a crash the server accepts connections only when it has replayed its log.
    private async Task<bool> AnswersAsync(CancellationToken ct)
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false;Timeout=5");
                await connection.OpenAsync(ct);
                await using var where = new NpgsqlCommand("SHOW data_directory", connection);
                return await where.ExecuteScalarAsync(ct) is string directory && Path.GetFullPath(directory) == _cluster.Data;
            }
            catch (NpgsqlException e) when (e is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow })
            {
                await Task.Delay(100, ct);
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }

        return false;
    }
}
