using System.Globalization;
using Npgsql;

namespace Mesh.Local;

/// <summary>How to run the mesh on this machine.</summary>
/// <param name="Data">Folder of everything that is kept: database, keys, files, logs.</param>
/// <param name="Port">Port of the gateway; separate services take those after it.</param>
/// <param name="Listen">Address that the gateway binds: loopback unless told otherwise.</param>
/// <param name="Postgres">Connection string of a PostgreSQL to use; absent: the embedded one.</param>
/// <param name="RabbitMq">AMQP address, for separate processes.</param>
/// <param name="Separate">Each service as its own process, on PostgreSQL and RabbitMQ.</param>
internal sealed record LocalOptions(string Data, int Port, ListenAddress Listen, string? Postgres, string? RabbitMq, bool Separate)
{
    public const int DefaultPort = 7070;

    /// <summary>The setting, below <c>Mesh</c>, that lets webhooks have receivers on this machine: it is their owner's own here, unless told otherwise.</summary>
    public const string LoopbackWebhooks = "Monitoring:Webhooks:AllowLoopback";

    private const int HighestPort = 65_000;

    /// <summary>Address of the gateway as this machine reaches it.</summary>
    public string Gateway => ListenAddress.Url(Listen.Advertised, Port);

    /// <summary>Addresses that the gateway binds, separated by semicolons.</summary>
    public string GatewayListen => string.Join(';', Listen.Bound.Select(address => ListenAddress.Url(address, Port)));

    public string Keys => Path.Combine(Data, "keys");

    public string Files => Path.Combine(Data, "files");

    public string Logs => Path.Combine(Data, "logs");

    public string AdminToken => Path.Combine(Data, "admin.token");

    /// <summary>Reads <c>--data --port --listen --postgres --rabbitmq --separate</c>.</summary>
    /// <exception cref="ArgumentException">An argument is unknown or wrong; the message is for people.</exception>
    public static LocalOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LocalOptions(
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".mesh"), DefaultPort, ListenAddress.Loopback, null, null, false);
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
                "--data" => options with { Data = Folder(value) },
                "--port" => options with { Port = PortNumber(value) },
                "--listen" => options with { Listen = Address(value) },
                "--postgres" => options with { Postgres = Connection(value) },
                "--rabbitmq" => options with { RabbitMq = Amqp(value) },
                var unknown => throw new ArgumentException($"{unknown} {value} is not understood."),
            };
        }

        return (options.Separate, options.RabbitMq) switch
        {
            (true, null) => throw new ArgumentException(
                "--separate needs RabbitMQ: give its address by --rabbitmq amqp://user:password@host:5672 (Debian: apt-get install rabbitmq-server)."),
            (false, not null) => throw new ArgumentException("--rabbitmq is for separate services: add --separate. In one process, events stay in memory."),
            _ => options,
        };
    }

    private static string Folder(string text) =>
        text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? Path.GetFullPath(text) : throw new ArgumentException("--data takes a folder, not nothing.");

    private static int PortNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= HighestPort
            ? port
            : throw new ArgumentException($"--port takes a number from 1 to {HighestPort}, not '{text}'.");

    private static ListenAddress Address(string text) =>
        ListenAddress.Parse(text) ?? throw new ArgumentException($"--listen takes an IP address of this machine, 0.0.0.0, :: or localhost, not '{text}'.");

    private static string Connection(string text)
    {
        const string Form = "--postgres takes a connection string such as Host=127.0.0.1;Port=5432;Username=mesh;Password=secret";
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            throw new ArgumentException($"{Form}: {e.Message}", e);
        }

        return settings.Host is { Length: > 0 } ? text : throw new ArgumentException($"{Form}: this one names no Host.");
    }

    private static string Amqp(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps"
            ? text
            : throw new ArgumentException("--rabbitmq takes an address such as amqp://user:password@host:5672/vhost.");
}
