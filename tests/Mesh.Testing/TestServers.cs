namespace Mesh.Testing;

/// <summary>Names of the environment variables through which test projects share servers that somebody else started.</summary>
public static class TestServers
{
    /// <summary>Connection string of a PostgreSQL superuser. Absent: each test process starts a server of its own.</summary>
    public const string Postgres = "MESH_TEST_POSTGRES";

    /// <summary>AMQP URI of a RabbitMQ administrator, as in <c>amqp://guest:guest@127.0.0.1:5672</c>. Absent: each test process starts a broker of its own.</summary>
    public const string RabbitMq = "MESH_TEST_RABBITMQ";

    /// <summary>Base address of that broker's management API, by which fixtures make virtual hosts.</summary>
    public const string RabbitMqApi = "MESH_TEST_RABBITMQ_API";

    /// <summary>A folder of this process for the servers it starts. Folders that killed processes left behind are removed.</summary>
    internal static string Folder(string server)
    {
        var parent = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "mesh-tests")).FullName;
        foreach (var old in Directory.GetDirectories(parent, server + "-*"))
        {
            if (int.TryParse(old.AsSpan(old.LastIndexOf('-') + 1), out var pid) && pid != Environment.ProcessId && !Directory.Exists($"/proc/{pid}"))
            {
                Remove(old);
            }
        }

        return Path.Combine(parent, $"{server}-{Environment.ProcessId}");
    }

    /// <summary>Stops a server, and removes its folder, when this process ends.</summary>
    internal static void AtExit(Func<Task> stop, string folder) => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        using var done = new ManualResetEventSlim();
        _ = Task.Run(async () =>
        {
            await stop();
            Remove(folder);
            done.Set();
        });
        done.Wait(TimeSpan.FromSeconds(15));
    };

    internal static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A server that is still ending writes there: the next test process removes it.
        }
    }
}
