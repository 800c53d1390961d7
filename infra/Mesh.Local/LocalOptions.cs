using System.Globalization;

namespace Mesh.Local;

/// <summary>How to run the mesh on this machine.</summary>
/// <param name="Data">Folder of everything that is kept: database, keys, files, logs.</param>
/// <param name="Port">Port of the gateway.</param>
/// <param name="Listen">Address that the gateway binds: loopback unless told otherwise.</param>
/// <param name="Postgres">Connection string of a PostgreSQL to use; absent: the embedded one.</param>
/// <param name="RabbitMq">AMQP address, for separate processes.</param>
/// <param name="Separate">Each service as its own process, on PostgreSQL and RabbitMQ.</param>
internal sealed record LocalOptions(string Data, int Port, string Listen, string? Postgres, string? RabbitMq, bool Separate)
{
    public const int DefaultPort = 7070;

    public string Gateway => $"http://{Listen}:{Port}";

    public string Keys => Path.Combine(Data, "keys");

    public string Files => Path.Combine(Data, "files");

    public string Logs => Path.Combine(Data, "logs");

    public string AdminToken => Path.Combine(Data, "admin.token");

    /// <summary>Reads <c>--data --port --listen --postgres --rabbitmq --separate</c>.</summary>
    /// <exception cref="ArgumentException">An argument is unknown or wrong.</exception>
    public static LocalOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LocalOptions(
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".mesh"), DefaultPort, "127.0.0.1", null, null, false);
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--separate")
            {
                options = options with { Separate = true };
                continue;
            }

            var value = i + 1 < args.Count ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value.");
            options = args[i++] switch
            {
                "--data" => options with { Data = Path.GetFullPath(value) },
                "--port" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 => options with { Port = port },
                "--listen" => options with { Listen = value },
                "--postgres" => options with { Postgres = value },
                "--rabbitmq" => options with { RabbitMq = value },
                var unknown => throw new ArgumentException($"{unknown} {value} is not understood."),
            };
        }

        return options;
    }
}
