using Mesh.Postgres;
using Npgsql;

namespace Mesh.Local;

/// <summary>Starts the mesh on this machine: everything in this process, or this process as the keeper of one process per service.</summary>
internal static class LocalMesh
{
    /// <summary>Runs until SIGINT or SIGTERM. 0: stopped as asked; 1: could not run; 2: the arguments are wrong; 130: stopped before it was ready.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        LocalOptions options;
        try
        {
            options = LocalOptions.Parse(args);
        }
        catch (ArgumentException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        using var stopping = new CancellationTokenSource();
        using var signals = Signals.CancelOnStop(stopping);
        try
        {
            PrivateFolder.CreatePassable(options.Data);
            using var only = await DataLock.TakeAsync(options.Data, stopping.Token);
            await RunAsync(options, stopping.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception e) when (e is PostgresServerException or NpgsqlException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task RunAsync(LocalOptions options, CancellationToken stopping)
    {
        foreach (var folder in (string[])[options.Keys, options.Files, options.Logs]) PrivateFolder.Create(folder);
        using var shortLog = DetachedLog.Watch(Path.Combine(options.Logs, "mesh.log"));
        try
        {
            await MeshPorts.ClaimAsync(options, options.Separate ? SeparateProcesses.Ports(options).Values : [], stopping);
            if (options.Postgres is { } given) await GivenPostgres.CheckAsync(given, stopping);
            await using var postgres = options.Postgres is null
                ? await PostgresServer.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(options.Data, "postgres"), Progress = new Progress<string>(Terminal.Say) }, stopping)
                : null;
            var connection = options.Postgres ?? postgres!.ConnectionString;
            if (options.Separate) await SeparateProcesses.RunAsync(options, connection, stopping);
            else await OneProcess.RunAsync(options, connection, stopping);
        }
        finally
        {
            MeshState.Remove(options.Data);
        }
    }
}
