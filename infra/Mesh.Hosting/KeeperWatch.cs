using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mesh.Hosting;

/// <summary>
/// Ends this process when the one that keeps it has died, however that died. Standard input is then a pipe that only the keeper holds: it closes with
/// the keeper. Without this, a keeper that was killed would leave its services on their ports, where nobody would find them.
/// </summary>
public sealed class KeeperWatch : IHostedService
{
    /// <summary>Setting by which a keeper says that it holds standard input.</summary>
    public const string Setting = $"{MeshOptions.Section}:EndWithKeeper";

    // Longer than the host itself gives to a shutdown.
    private readonly TimeSpan _patience;
    private readonly IHostApplicationLifetime _host;

    /// <summary>Made by the host.</summary>
    public KeeperWatch(IHostApplicationLifetime host, MeshOptions options) => (_host, _patience) = (host, TimeSpan.FromSeconds(options.PreStopSeconds + options.DrainSeconds + 10));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _host.ApplicationStarted.Register(() => new Thread(Watch) { IsBackground = true, Name = "keeper watch" }.Start());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Watch()
    {
        using (var input = Console.OpenStandardInput())
        {
            while (input.ReadByte() >= 0)
            {
            }
        }

        _host.StopApplication();
        Thread.Sleep(_patience);
        Process.GetCurrentProcess().Kill();
    }
}

/// <summary>Adds the watch where a keeper asks for it.</summary>
internal static class KeeperWatchRegistration
{
    public static void AddKeeperWatch(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetValue<bool>(KeeperWatch.Setting)) builder.Services.AddHostedService<KeeperWatch>();
    }
}
