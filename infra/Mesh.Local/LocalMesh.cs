using Mesh.Postgres;

namespace Mesh.Local;

/// <summary>Starts the mesh on this machine: everything in this process, or this process as the keeper of one process per service.</summary>
internal static class LocalMesh
{
    /// <summary>Runs until SIGINT or SIGTERM. 0: stopped as asked; 1: could not run; 2: the arguments are wrong.</summary>
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

        try
        {
            PrivateFolder.Create(options.Data);
            using var only = DataLock.Take(options.Data);
            await using var postgres = options.Postgres is null
                ? await PostgresServer.StartAsync(new PostgresOptions
                {
                    DataDirectory = Path.Combine(options.Data, "postgres"),
                    Progress = new Progress<string>(Console.Out.WriteLine),
                })
                : null;
            var connection = options.Postgres ?? postgres!.ConnectionString;
            if (options.Separate) await SeparateProcesses.RunAsync(options, connection);
            else await OneProcess.RunAsync(options, connection);
            return 0;
        }
        catch (Exception e) when (e is PostgresServerException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            MeshState.Remove(options.Data);
        }
    }
}
