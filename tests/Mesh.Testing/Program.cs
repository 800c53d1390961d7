using System.Globalization;
using Mesh.Postgres;
using Mesh.Testing;

// The servers that test projects share: prints NAME=value for each, then "ready", and runs until its input closes.
//   Mesh.Testing [--postgres-only] [--grace=SECONDS] [FOLDER]
var folder = args.FirstOrDefault(a => !a.StartsWith('-'));
var grace = args.FirstOrDefault(a => a.StartsWith("--grace=", StringComparison.Ordinal))?["--grace=".Length..];
var progress = new ConsoleProgress();
var options = new PostgresOptions
{
    DataDirectory = folder ?? TestServers.Folder("postgres"),
    Durable = folder is not null,
    MaxConnections = 400,
    OrphanGrace = TimeSpan.FromSeconds(grace is null ? 0 : double.Parse(grace, CultureInfo.InvariantCulture)),
    Progress = progress,
};
await using var postgres = await PostgresServer.StartAsync(options);
Console.WriteLine($"{TestServers.Postgres}={postgres.ConnectionString}");
await using var broker = args.Contains("--postgres-only") ? null : await RabbitMqBroker.LaunchAsync();
if (broker is not null)
{
    Console.WriteLine($"{TestServers.RabbitMq}={broker.Address}");
    Console.WriteLine($"{TestServers.RabbitMqApi}={broker.Api}");
}

Console.WriteLine("ready");
while (await Console.In.ReadLineAsync() is not null)
{
}

await postgres.StopAsync();
if (folder is null)
{
    TestServers.Remove(options.DataDirectory);
}

internal sealed class ConsoleProgress : IProgress<string>
{
    public void Report(string value) => Console.Error.WriteLine(value);
}
