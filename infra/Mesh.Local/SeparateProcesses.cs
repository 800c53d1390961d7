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

    /// <summary>The port of each service.</summary>
    public static Dictionary<string, int> Ports(LocalOptions local) => Services.Index().ToDictionary(service => service.Item, service => local.Port + 1 + service.Index);

    public static async Task RunAsync(LocalOptions local, string postgres, CancellationToken stopping)
    {
        var addresses = Ports(local).ToDictionary(service => service.Key, service => $"http://127.0.0.1:{service.Value}");
        var settings = Settings(local, postgres, addresses);
        List<KeptProcess> kept =
        [
            .. addresses.Select(service => KeptProcess.For(service.Key, service.Value, service.Value, local, settings)),
            KeptProcess.For("gateway", local.Gateway, local.GatewayListen, local, settings),
        ];
        var postgresPort = new NpgsqlConnectionStringBuilder(postgres).Port.ToString(CultureInfo.InvariantCulture);
        using var self = Process.GetCurrentProcess();
        var (pid, startedAt) = (self.Id, self.StartTime);
        var state = new StateFile(local.Data, ready => new MeshState(
            pid, local.Gateway, "separate", postgresPort, startedAt, ready, [.. kept.Select(process => process.Describe())]));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var running = kept.Select(process => process.KeepAsync(state.Write, ending.Token)).ToList();
        try
        {
            await Readiness.WaitAsync(local.Gateway, addresses.Values, stopping);
            state.WriteReady();
            Terminal.Say($"Mesh is ready at {local.Gateway}");
            Terminal.Say("Open it in a browser by the link that `mesh login` prints.");
            await Task.WhenAll(running);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(running);
        }
    }

    private static Dictionary<string, string> Settings(LocalOptions local, string postgres, Dictionary<string, string> addresses)
    {
        var settings = new Dictionary<string, string>
        {
            [Key(nameof(MeshOptions.Postgres))] = postgres,
            [Key(nameof(MeshOptions.RabbitMq))] = local.RabbitMq!,
            [Key(nameof(MeshOptions.KeyPath))] = local.Keys,
            [Key(nameof(MeshOptions.DataPath))] = local.Files,
            [Key(nameof(MeshOptions.Gateway))] = local.Gateway,
            [Key("AdminTokenPath")] = local.AdminToken,
        };
        var webhooks = Key(LocalOptions.LoopbackWebhooks.Replace(":", "__", StringComparison.Ordinal));
        settings[webhooks] = Environment.GetEnvironmentVariable(webhooks) ?? "true";
        foreach (var (name, address) in addresses) settings[Key($"{nameof(MeshOptions.Services)}__{name}")] = address;
        return settings;
    }

    private static string Key(string name) => $"{MeshOptions.Section}__{name}";
}
