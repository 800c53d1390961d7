using System.Collections.Concurrent;
using System.Globalization;
using Mesh.Client;
using Mesh.Client.Artifacts;
using Mesh.Client.Serving;
using Mesh.Contracts.Artifacts;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Serving;
using Mesh.Testing;

namespace Mesh.EndToEnd.Tests.Load;

/// <summary>Trains a small model on real data, deploys it, and asks it again and again.</summary>
public sealed class PredictionLoad : IAsyncDisposable
{
    private const string Endpoint = "wine";
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly Task _asking;
    private int _answered;

    private PredictionLoad(ProjectClient project, InferRequest request) => _asking = AskAsync(project, request);

    /// <summary>Requests that were answered.</summary>
    public int Answered => _answered;

    /// <summary>Answers that no fault excuses.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>Trains, deploys, and begins to ask.</summary>
    public static async Task<PredictionLoad> StartAsync(ProjectClient project)
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
        return new PredictionLoad(project, new InferRequest([.. names.Select((name, i) => Tensors.Fp32(name, [float.Parse(values[i], CultureInfo.InvariantCulture)]))]));
    }

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
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var answer = await project.Endpoints.InferAsync(Endpoint, request);
                answer.Output("PredictedLabel").AsText().ShouldBe(["0"]);
                _answered++;
            }
            catch (MeshException e) when ((int)e.Status is 0 or >= 500)
            {
                // Serving or the gateway was away for longer than the client was willing to repeat.
            }
            catch (Exception e) when (e is MeshException or ShouldAssertException)
            {
                _refusals.Enqueue(e.Message);
            }

            await Task.Delay(25);
        }
    }
}
