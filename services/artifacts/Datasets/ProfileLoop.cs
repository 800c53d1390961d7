using Mesh.Hosting;

namespace Mesh.Artifacts.Datasets;

/// <summary>Has the worker do what there is to do: at once when a version was logged here, else when it looks again.</summary>
internal sealed class ProfileLoop(ProfileWorker worker, Signal<ProfileLoop> signal, ILogger<ProfileLoop> log) : BackgroundService
{
    // What other replicas left, or what was put off, is found by looking.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await worker.RunOnceAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Data sets could not be profiled; it will be tried again: {Reason}", e.Message);
            }

            await signal.WaitAsync(Look, stoppingToken);
        }
    }
}
