using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Mesh.Hosting;

/// <summary>Which process leads the asynchronous work on a store.</summary>
public enum DaemonLeadership
{
    /// <summary>Replicas elect one by an advisory lock.</summary>
    HotCold,

    /// <summary>This process is the only one, and needs no lock.</summary>
    Solo,
}

/// <summary>The settings that every service shares: section <c>Mesh</c>, environment <c>Mesh__…</c>. Checked at start.</summary>
public sealed class MeshOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Mesh";

    /// <summary>Connection string of the PostgreSQL server, without a database.</summary>
    public string Postgres { get; set; } = "";

    /// <summary>One database for all services, a schema each, where that saves memory. Absent: a database <c>mesh_{service}</c> each.</summary>
    public string? Database { get; set; }

    /// <summary>Most pooled connections per service, 2 to 500.</summary>
    [Range(2, 500)] public int MaxConnections { get; set; } = 30;

    /// <summary>AMQP address of RabbitMQ, such as <c>amqp://user:password@host:5672/vhost</c>. Absent: the in-process bus, for the laptop shape alone.</summary>
    public string? RabbitMq { get; set; }

    /// <summary>Folder of the platform's keys (<c>identity.key</c>, <c>secrets.key</c>), readable by the service alone.</summary>
    [Required] public string KeyPath { get; set; } = "";

    /// <summary>Folder for what is not in the database: blobs, working folders of jobs, caches.</summary>
    [Required] public string DataPath { get; set; } = "";

    /// <summary>Base address of each service, by its name, for calls between services; of several replicas, separated by commas.</summary>
    [SuppressMessage("Design", "CA2227", Justification = "Bound from configuration.")]
    public Dictionary<string, string> Services { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Base address of the gateway as jobs see it.</summary>
    public string Gateway { get; set; } = "http://127.0.0.1:7070";

    /// <summary>Which process leads projections and the event relay.</summary>
    public DaemonLeadership Daemon { get; set; } = DaemonLeadership.HotCold;

    /// <summary>Address that the service listens on: loopback unless told otherwise.</summary>
    public string Listen { get; set; } = "http://127.0.0.1:7071";

    /// <summary>Seconds that a stopping service gives to requests and consumers in flight, 1 to 300.</summary>
    [Range(1, 300)] public int DrainSeconds { get; set; } = 20;

    /// <summary>
    /// Seconds for which a service that is asked to stop goes on serving while it says that it is not ready, 0 to 120: the time that whoever sends it
    /// requests needs to notice. Nobody balances load on one machine: 0.
    /// </summary>
    [Range(0, 120)] public int PreStopSeconds { get; set; }

    /// <summary>The addresses of a service's replicas; none when it is not configured.</summary>
    public IReadOnlyList<string> AddressesOf(string service) =>
        Services.TryGetValue(service, out var addresses) ? addresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>Reads and checks the section.</summary>
    /// <param name="configuration">Where the settings are.</param>
    /// <param name="store">Whether the process has a database: the gateway has none.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names the key and what would be right.</exception>
    public static MeshOptions Read(IConfiguration configuration, bool store = true)
    {
        var options = configuration.GetSection(Section).Get<MeshOptions>() ?? new MeshOptions();
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        var messages = faults.Select(f => $"{Section}:{string.Join(',', f.MemberNames)}: {f.ErrorMessage}").ToList();
        if (store && options.Postgres.Length == 0) messages.Add($"{Section}:Postgres: a connection string is needed.");
        if (options.Postgres.Length > 0) Attempt(messages, "Postgres", () => _ = new NpgsqlConnectionStringBuilder(options.Postgres));
        foreach (var (name, address) in options.Services.Keys.SelectMany(name => options.AddressesOf(name).Select(address => (name, address))))
            if (!Uri.TryCreate(address, UriKind.Absolute, out _)) messages.Add($"{Section}:Services:{name}: '{address}' is not an absolute address.");
        if (options.RabbitMq is not null && !(Uri.TryCreate(options.RabbitMq, UriKind.Absolute, out var amqp) && amqp.Scheme is "amqp" or "amqps"))
            messages.Add($"{Section}:RabbitMq: must be an address such as amqp://user:password@host:5672/vhost.");
        return messages.Count == 0 ? options : throw new InvalidOperationException("The configuration is not usable. " + string.Join(" ", messages));
    }

    private static void Attempt(List<string> messages, string key, Action parse)
    {
        try
        {
            parse();
        }
        catch (ArgumentException e)
        {
            messages.Add($"{Section}:{key}: {e.Message}");
        }
    }
}
