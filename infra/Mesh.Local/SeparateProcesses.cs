using System.Diagnostics;
using System.Globalization;
using Mesh.Hosting;
using Npgsql;

namespace Mesh.Local;

/// <summary>
/// Keeps one process per service and one for the gateway, configured by the very settings that containers get. A process that dies is started
/// again; all end together.
/// </summary>
internal static class SeparateProcesses
{
    private static readonly string[] Services = [.. AllModules.Create().Select(module => module.Name)];

    public static async Task RunAsync(LocalOptions local, string postgres)
    {
        var rabbitMq = local.RabbitMq
            ?? throw new InvalidOperationException("Separate services need RabbitMQ: give its address by --rabbitmq amqp://user:password@host:5672 (Debian: apt-get install rabbitmq-server).");
        Directory.CreateDirectory(local.Logs);
        var addresses = Services.Select((name, i) => (name, address: $"http://127.0.0.1:{local.Port + 1 + i}")).ToDictionary(pair => pair.name, pair => pair.address);
        var settings = Settings(local, postgres, rabbitMq, addresses);
        using var stopping = new CancellationTokenSource();
        using var onInterrupt = Signals.CancelOnStop(stopping);
        var kept = addresses.Append(new("gateway", local.Gateway)).Select(pair => KeptProcess.For(pair.Key, pair.Value, local, settings)).ToList();
        void WriteState(bool ready) => new MeshState(
            Environment.ProcessId, local.Gateway, "separate", new NpgsqlConnectionStringBuilder(postgres).Port.ToString(CultureInfo.InvariantCulture),
            Process.GetCurrentProcess().StartTime, ready, [.. kept.Select(process => process.Describe())]).Write(local.Data);
        var running = kept.Select(process => process.KeepAsync(() => WriteState(ready: true), stopping.Token)).ToList();
        WriteState(ready: false);
        await Readiness.WaitAsync(local.Gateway, addresses.Values, stopping.Token);
        WriteState(ready: true);
        Console.WriteLine($"Mesh is ready at {local.Gateway}");
        await Task.WhenAll(running);
        kept.ForEach(process => process.Dispose());
    }

    private static Dictionary<string, string> Settings(LocalOptions local, string postgres, string rabbitMq, Dictionary<string, string> addresses)
    {
        var settings = new Dictionary<string, string>
        {
            [Key(nameof(MeshOptions.Postgres))] = postgres,
            [Key(nameof(MeshOptions.RabbitMq))] = rabbitMq,
            [Key(nameof(MeshOptions.KeyPath))] = local.Keys,
            [Key(nameof(MeshOptions.DataPath))] = local.Files,
            [Key(nameof(MeshOptions.Gateway))] = local.Gateway,
            [Key("AdminTokenPath")] = local.AdminToken,
        };
        foreach (var (name, address) in addresses) settings[Key($"{nameof(MeshOptions.Services)}__{name}")] = address;
        return settings;
    }

    private static string Key(string name) => $"{MeshOptions.Section}__{name}";
}
