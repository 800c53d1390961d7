using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Mesh.Postgres;
using Mesh.Testing;
using Npgsql;

namespace Mesh.Local.Tests.Postgres;

[UnsupportedOSPlatform("windows")]
public sealed class PostgresServerTests : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "mesh-postgres-" + Guid.CreateVersion7().ToString("N"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await Eventually.Holds(() =>
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    });

    [Fact]
    public async Task Keeps_what_was_written_and_its_port_over_a_restart()
    {
        int port;
        await using (var first = await StartAsync())
        {
            port = first.Port;
            await first.CreateDatabaseAsync("mesh");
            await first.CreateDatabaseAsync("mesh");
            await ScalarAsync(first.ConnectionStringTo("mesh"), "CREATE TABLE t AS SELECT 'überall' AS x");
        }

        await using var second = await StartAsync();

        second.Port.ShouldBe(port);
        (await ScalarAsync(second.ConnectionStringTo("mesh"), "SELECT upper(x) FROM t WHERE x ~ '^\\w+$'")).ShouldBe("ÜBERALL");
    }

    [Fact]
    public async Task Stopping_ends_the_process()
    {
        await using var server = await StartAsync();
        var pid = server.ProcessId.ShouldNotBeNull();

        await server.StopAsync();
        await server.StopAsync();

        server.ProcessId.ShouldBeNull();
        Lives(pid).ShouldBeFalse();
    }

    [Fact]
    public async Task Takes_over_the_server_that_a_killed_parent_left()
    {
        using var parent = await StartParentAsync();
        var left = await ProcessOfClusterAsync();
        await ScalarAsync(parent.ConnectionString, "CREATE TABLE t AS SELECT 7 AS x");
        await parent.KillAsync();

        var waited = Stopwatch.StartNew();
        await using var server = await StartAsync(o => o with { Durable = true, MaxConnections = 400 });

        waited.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        server.ProcessId.ShouldBe(left);
        (await ScalarAsync(server.ConnectionString, "SELECT x FROM t")).ShouldBe(7);
    }

    [Fact]
    public async Task Replaces_the_server_that_a_killed_parent_left_with_other_settings()
    {
        using var parent = await StartParentAsync();
        var left = await ProcessOfClusterAsync();
        await ScalarAsync(parent.ConnectionString, "CREATE TABLE t AS SELECT 7 AS x");
        await parent.KillAsync();

        await using var server = await StartAsync(o => o with { MaxConnections = 60 });

        server.ProcessId.ShouldNotBe(left);
        (await ScalarAsync(server.ConnectionString, "SHOW max_connections")).ShouldBe("60");
        (await ScalarAsync(server.ConnectionString, "SELECT x FROM t")).ShouldBe(7);
    }

    [Fact]
    public async Task Starts_after_both_the_parent_and_the_server_were_killed()
    {
        using var parent = await StartParentAsync();
        await ScalarAsync(parent.ConnectionString, "CREATE TABLE t AS SELECT 7 AS x");
        await parent.KillAsync();
        await KillAsync(await ProcessOfClusterAsync());

        var waited = Stopwatch.StartNew();
        await using var server = await StartAsync();

        waited.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        (await ScalarAsync(server.ConnectionString, "SELECT x FROM t")).ShouldBe(7);
    }

    [Fact]
    public async Task An_orphan_ends_when_nobody_takes_it_over()
    {
        int pid;
        using (var parent = await StartParentAsync(grace: "1"))
        {
            pid = await ProcessOfClusterAsync();
            await parent.KillAsync();
        }

        await Eventually.Holds(() => Lives(pid).ShouldBeFalse());
    }

    [Fact]
    public async Task A_server_that_was_killed_is_started_again_on_its_port()
    {
        await using var server = await StartAsync(o => o with { KeepRunning = true });
        var port = server.Port;
        var killed = server.ProcessId.ShouldNotBeNull();

        await KillAsync(killed);

        await Eventually.Holds(async () => (await ScalarAsync(server.ConnectionString, "SELECT 'back'")).ShouldBe("back"));
        server.ProcessId.ShouldNotBeNull().ShouldNotBe(killed);
        server.Port.ShouldBe(port);
    }

    [Fact]
    public async Task Its_port_is_waited_for_when_another_program_took_it_while_the_server_was_down()
    {
        var said = new Heard();
        await using var server = await StartAsync(o => o with { Progress = said });
        var port = server.Port;
        await KillAsync(server.ProcessId.ShouldNotBeNull());
        var other = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        await Eventually.Holds(other.Start);

        var again = server.EnsureRunningAsync(TestContext.Current.CancellationToken);
        await Eventually.Holds(() => said.Sentences.ShouldContain(s => s.Contains($"waits for its port {port}", StringComparison.Ordinal)));
        other.Dispose();
        await again;

        server.Port.ShouldBe(port);
        (await ScalarAsync(server.ConnectionString, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_process_id_that_another_program_got_meanwhile_is_not_mistaken_for_the_server()
    {
        await using (await StartAsync())
        {
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "cluster", "postmaster.pid"), $"{Environment.ProcessId}\n");

        await using var server = await StartAsync();

        server.ProcessId.ShouldNotBeNull().ShouldNotBe(Environment.ProcessId);
    }

    [Fact]
    public async Task One_process_at_a_time_runs_a_data_directory()
    {
        await using var server = await StartAsync();

        var refused = await Should.ThrowAsync<PostgresServerException>(() => StartAsync());

        refused.Message.ShouldContain("already runs the PostgreSQL of " + _folder);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var refused = await Should.ThrowAsync<PostgresServerException>(() => StartAsync(o => o with { Port = port }));

        refused.Message.ShouldContain(port.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Only_who_knows_the_password_gets_in_and_only_its_owner_can_read_it()
    {
        await using var server = await StartAsync();

        var refused = await Should.ThrowAsync<PostgresException>(() => ScalarAsync(server.ConnectionString + ";Password=guess", "SELECT 1"));

        refused.SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
        File.GetUnixFileMode(Path.Combine(_folder, "password")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Root_runs_it_as_another_user_even_below_a_folder_that_only_root_may_enter()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root.");
        var closed = Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

        await using var server = await StartAsync(o => o with { DataDirectory = Path.Combine(closed, "postgres") });

        var status = await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status");
        status.Single(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1].ShouldNotBe("0");
        (await ScalarAsync(server.ConnectionString, "SELECT 1")).ShouldBe(1);
    }

    private Task<PostgresServer> StartAsync(Func<PostgresOptions, PostgresOptions>? change = null)
    {
        var options = new PostgresOptions { DataDirectory = _folder, Durable = false, KeepRunning = false, OrphanGrace = TimeSpan.Zero };
        return PostgresServer.StartAsync(change?.Invoke(options) ?? options);
    }

    private async Task<int> ProcessOfClusterAsync() =>
        int.Parse((await File.ReadAllLinesAsync(Path.Combine(_folder, "cluster", "postmaster.pid")))[0], CultureInfo.InvariantCulture);

    // A dead process stays listed where the machine's first process is slow to collect it.
    private static bool Lives(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task KillAsync(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private Task<ParentProcess> StartParentAsync(string grace = "30") => ParentProcess.StartAsync(_folder, grace);

    private sealed class Heard : IProgress<string>
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Sentences { get; } = [];

        public void Report(string value) => Sentences.Enqueue(value);
    }

    /// <summary>Another process that runs the server, to be killed.</summary>
    private sealed class ParentProcess(Process process, string connectionString) : IDisposable
    {
        public string ConnectionString { get; } = connectionString;

        public static async Task<ParentProcess> StartAsync(string folder, string grace)
        {
            var program = typeof(PostgresFixture).Assembly.Location;
            var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--postgres-only", "--grace=" + grace, folder])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            string? connectionString = null;
            while (await process.StandardOutput.ReadLineAsync() is { } line && line != "ready")
            {
                connectionString = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
            }

            return new ParentProcess(process, connectionString.ShouldNotBeNull());
        }

        public async Task KillAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
