using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Client.Serving;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Serving;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Load;

/// <summary>
/// Trains a small model on real data, deploys it, and asks it again and again. Each request says an event time of its own, by which its prediction is
/// known again, and is sent once: whatever is stored twice was doubled by the mesh.
/// </summary>
public sealed class PredictionLoad : IAsyncDisposable
{
    /// <summary>The endpoint that is asked.</summary>
    public const string Endpoint = "wine";

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<DateTimeOffset> _answered = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly Task _asking;

    // Whole seconds: the database keeps no finer part of a moment than microseconds.
    private readonly DateTimeOffset _began = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    private int _asked;
    private int _keptFrom;

    private PredictionLoad(ProjectClient project, InferRequest request) => _asking = AskAsync(project, request);

    /// <summary>Event times of the requests that were answered.</summary>
    public IReadOnlyCollection<DateTimeOffset> Answered => _answered;

    /// <summary>Event times of those that must be stored: serving was not killed since, so that they were never only in the memory of a dead process.</summary>
    public IReadOnlyCollection<DateTimeOffset> Kept => [.. _answered.Where(moment => moment >= EventTime(_keptFrom))];

    /// <summary>Answers that no fault excuses.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>Trains, deploys, and begins to ask.</summary>
    /// <param name="project">The project.</param>
    /// <param name="asking">The same project of a client that sends every request once.</param>
    public static async Task<PredictionLoad> StartAsync(ProjectClient project, ProjectClient asking)
    {
        await project.Artifacts.UploadFileAsync("wine.csv", RepositoryPath.Of("tests/data/wine.csv"), new UploadSpec { Kind = ArtifactKind.Dataset });
        var job = await project.Jobs.SubmitAsync(new SubmitJob(Item: "auto-trainer", Params: new()
        {
            ["dataset"] = "wine.csv",
            ["target"] = "cultivar",
            ["task"] = "classification",
            ["model"] = "wine",
            ["algorithms"] = "lbfgs",
            ["folds"] = "2",
            ["alias"] = "champion",
        }));
        job = await project.Jobs.WaitAsync(job.Id);
        job.Status.ShouldBe(JobStatus.Succeeded, job.Cause);
        await project.Endpoints.DeployAsync(Endpoint, new DeployEndpoint("wine"));
        var endpoint = await project.Endpoints.WaitAsync(Endpoint);
        endpoint.Status.ShouldBe(EndpointStatus.Ready, endpoint.Cause);
        var lines = await File.ReadAllLinesAsync(RepositoryPath.Of("tests/data/wine.csv"));
        var names = lines[0].Split(',')[..^1];
        var values = lines[1].Split(',');
        return new PredictionLoad(asking, new InferRequest([.. names.Select((name, i) => Tensors.Fp32(name, [float.Parse(values[i], CultureInfo.InvariantCulture)]))]));
    }

    /// <summary>Waits until this many more requests have been answered.</summary>
    public async Task GoesOnAsync(int answers)
    {
        var before = _answered.Count;
        await Eventually.Holds(() => Task.FromResult(_answered.Count >= before + answers), TimeSpan.FromMinutes(3));
    }

    /// <summary>Serving was killed and is there again: what it had not sent off yet went with it.</summary>
    public void ServingWasKilled() => _keptFrom = _asked + 1;

    /// <summary>Stops asking.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _asking;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AskAsync(ProjectClient project, InferRequest request)
    {
        for (; !_stopping.IsCancellationRequested; _asked++)
        {
            try
            {
                var time = EventTime(_asked);
                var answer = await project.Endpoints.InferAsync(
                    Endpoint, request with { Parameters = new Dictionary<string, JsonElement> { ["event_time"] = JsonSerializer.SerializeToElement(time) } });
                answer.Output("PredictedLabel").AsText().ShouldBe(["0"]);
                _answered.Enqueue(time);
            }
            catch (MeshException e) when (Outage.Excuses(e))
            {
                // Serving or the gateway was away.
            }
            catch (MeshException e)
            {
                _refusals.Enqueue($"{(int)e.Status} {e.Code} {e.Message}");
            }
            catch (ShouldAssertException e)
            {
                _refusals.Enqueue(e.Message);
            }

            await Task.Delay(25);
        }
    }

    private DateTimeOffset EventTime(int request) => _began.AddMilliseconds(request);
}
