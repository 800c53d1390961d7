using Mesh.Contracts.Tracking;
using Mesh.Functions.Execution;
using Mesh.Functions.Jobs;
using Mesh.Hosting.Clients;

namespace Mesh.Functions.Queue;

/// <summary>Makes sure of a job's run in tracking before its process starts, for as long as tracking is away.</summary>
internal sealed class RunGate([FromKeyedServices("functions")] ServiceClient client, ILogger<RunGate> log)
{
    private const int Looks = 23;
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AbortIsComing = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Takes the run for an attempt. The run comes of <c>job.submitted</c>, under the name of who submitted it; if that does not arrive within a
    /// second, because the bus is away, it is made here.
    /// </summary>
    /// <exception cref="AttemptFailedException">Tracking refuses.</exception>
    public async Task StartAsync(AttemptKey key, Job job, CancellationToken ct)
    {
        for (var look = 1; ; look++)
        {
            try
            {
                await PostAsync(key, $"runs/{key.JobId}/start", new StartRun(key.Attempt, job.Attempts[^1].Worker), ct);
                return;
            }
            catch (ServiceCallException e) when (e.Problem.Code == "run.unknown" && look <= Looks)
            {
                if (look < Looks) await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(Look.TotalMilliseconds, FirstLook.TotalMilliseconds * look)), ct);
                else await CreateAsync(key, job, ct);
            }
            catch (ServiceCallException e)
            {
                // A run that was aborted before it began: the abort of the job is on its way.
                if (e.Problem.Code is "run.aborting" or "run.closed") await Task.Delay(AbortIsComing, ct);
                throw new AttemptFailedException($"Tracking refused the attempt: {e.Problem.Detail ?? e.Problem.Code}");
            }
        }
    }

    private async Task CreateAsync(AttemptKey key, Job job, CancellationToken ct)
    {
        var run = new CreateRun(
            job.Name, job.Experiment, "job", null, new Dictionary<string, string>(job.Params), new Dictionary<string, string>(job.Tags), Guid.Parse(job.Id));
        try
        {
            await PostAsync(key, "runs", run, ct);
        }
        catch (ServiceCallException e) when (e.Problem.Code == "run.exists")
        {
            // The event was faster after all.
        }
    }

    private Task PostAsync<T>(AttemptKey key, string path, T body, CancellationToken ct) => Outage.WaitOutAsync(
        () => client.PostAsync("tracking", $"/api/v1/projects/{key.Project}/{path}", body, key.Project, ct: ct), log, key.JobId, ct);
}
