using Mesh.Client;
using Mesh.Contracts.Projects;
using Mesh.EndToEnd.Tests.Load;
using Mesh.EndToEnd.Tests.Running;

namespace Mesh.EndToEnd.Tests.Reliability;

/// <summary>A mesh at work while it is harmed: runs, jobs and predictions come without end. After each fault they must go on, and at the end every promise is checked.</summary>
internal sealed class MeshUnderLoad : IAsyncDisposable
{
    private const string Project = "reliability";
    private readonly MeshUnderTest _mesh;
    private readonly MeshClient _client;
    private readonly MeshClient _once;
    private readonly ProjectClient _project;
    private readonly JournalReader _reader;
    private readonly PredictionLoad _predictions;
    private readonly SteadyLoad _load;

    private MeshUnderLoad(MeshUnderTest mesh, MeshClient client, MeshClient once, JournalReader reader, PredictionLoad predictions)
    {
        (_mesh, _client, _once, _project, _reader, _predictions) = (mesh, client, once, client.Project(Project), reader, predictions);
        _load = new SteadyLoad(client, Project);
    }

    /// <summary>Begins to work on a mesh that has just been started.</summary>
    public static async Task<MeshUnderLoad> StartAsync(MeshUnderTest mesh)
    {
        var (client, once) = (mesh.Client(TimeSpan.FromMinutes(2)), mesh.Client(TimeSpan.Zero));
        await client.Projects.CreateAsync(new CreateProject(Project));
        await EventPromises.CountCompletedRunsAsync(client.Project(Project));
        return new MeshUnderLoad(mesh, client, once, new JournalReader(client), await PredictionLoad.StartAsync(client.Project(Project), once.Project(Project)));
    }

    /// <summary>Kills the process of a service, or the gateway's.</summary>
    public async Task KillAsync(string service)
    {
        await _mesh.KillAsync(service);
        if (service == "serving") _predictions.ServingWasKilled();
        await GoesOnAsync();
    }

    /// <summary>Kills the one process, and starts it again.</summary>
    public async Task KillMainAsync()
    {
        await _mesh.KillMainAsync();
        await _mesh.StartAsync();
        _predictions.ServingWasKilled();
        await GoesOnAsync();
    }

    /// <summary>Kills PostgreSQL, which its keeper starts again.</summary>
    public async Task KillPostgresAsync()
    {
        await _mesh.KillPostgresAsync();
        await GoesOnAsync();
    }

    /// <summary>Waits until work of every kind has gone on.</summary>
    public Task GoesOnAsync() =>
        ExplainedAsync(() => Task.WhenAll(_load.GoesOnAsync(runs: 10, jobs: 2), _predictions.GoesOnAsync(answers: 20)));

    /// <summary>Stops the work and checks what was promised about it.</summary>
    /// <param name="outsider">Somebody who listened at the broker, where there is one.</param>
    public async Task KeepsItsPromisesAsync(OutsideSubscriber? outsider = null)
    {
        await _predictions.StopAsync();
        await _load.StopAsync();
        await ExplainedAsync(async () =>
        {
            RunPromises.NothingRightWasRefused(_load);
            PredictionPromises.NothingRightWasRefused(_predictions);
            await RunPromises.EveryRunIsThereOnceAsync(_project, _load);
            await RunPromises.EveryJobEndsAsync(_project, _load);
            await RunPromises.NoStepWasTakenTwiceAsync(_project, _load);
            await EventPromises.TheJournalIsWholeAsync(_client, _project, _load);
            if (outsider is not null) await EventPromises.TheOutsiderMissedNothingAsync(_client, outsider, _load);
            await EventPromises.TheReaderMissedNothingAsync(_client, _reader);
            await EventPromises.EveryCompletedRunWasCountedOnceAsync(_project);
            await PredictionPromises.EveryPredictionIsStoredOnceAsync(_project, _predictions);
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        await _predictions.DisposeAsync();
        await _reader.DisposeAsync();
        _once.Dispose();
        _client.Dispose();
    }

    private async Task ExplainedAsync(Func<Task> promise)
    {
        try
        {
            await promise();
        }
        catch (Exception e) when (e is ShouldAssertException or TimeoutException or MeshException)
        {
            throw new InvalidOperationException($"{e.Message}\n{_mesh.Said()}", e);
        }
    }
}
