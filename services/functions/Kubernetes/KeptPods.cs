using System.Text.Json;
using Mesh.Functions.Execution;
using Mesh.Functions.Queue;
using Mesh.Hosting;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Functions.Kubernetes;

/// <summary>An attempt on a cluster that can be followed on.</summary>
/// <param name="State">How far it has come at least.</param>
/// <param name="Output">Where its output is not here, what has come of it to its run.</param>
internal sealed record LeftPods(ToldAttempt Told, PodLogState State, LeftOutput? Output)
{
    /// <param name="hasEnded">Whether its program has ended.</param>
    public LeftAttempt With(bool hasEnded) => new(Told.Variables, hasEnded) { SecretFiles = Told.Files, GitCredential = Told.Git, Output = Output };
}

/// <summary>
/// Keeps what whoever goes on with an attempt on a cluster must know: with its lease, for services of other machines too, and beside its output here, where that is more than has come to its run.
/// </summary>
internal sealed class KeptPods(JobQueue queue, WorkerIdentity self, OutputShipper shipper, MeshOptions paths, ILogger<KeptPods> log)
{
    private readonly Lazy<byte[]> _key = new(() => SealedSecrets.KeyOf(KeyFile.ReadOrCreate(paths.KeyPath, "identity.key")));

    /// <summary>Begins to keep what is to be known of an attempt, before anything of it is made.</summary>
    public async Task<PodRecord> BeginAsync(AttemptExecution execution, CancellationToken ct)
    {
        var told = SealedSecrets.Seal(_key.Value, execution.Mark, new ToldAttempt(execution.Environment, execution.SecretFiles, execution.GitCredential));
        await Outage.WaitOutAsync(() => queue.KeepAsync(KeyOf(execution), told, ct), log, execution.Job.Id, ct);
        return PodRecord.Begin(execution, self.Name);
    }

    /// <summary>What is known of an attempt; null when that is not enough to go on with it.</summary>
    public async Task<LeftPods?> FindAsync(AttemptKey key, AttemptFolder folder, CancellationToken ct)
    {
        if (await queue.FindKeptAsync(key, ct) is not { Sealed: { } bytes } kept) return null;
        if (SealedSecrets.Open(bytes, _key.Value, new ProcessMark(key.JobId, key.Attempt)) is not { } told) return null;
        if (PodRecord.Find(folder, kept.Worker) is { } here) return new LeftPods(told, here, null);
        return kept.Shipped switch
        {
            null => new LeftPods(told, PodLogState.Empty, new LeftOutput(null)),
            { Before: not null, After: { } after } => new LeftPods(told, after.Deserialize<PodLogState>()!, new LeftOutput(kept.Shipped)),
            // Some of its output had come from elsewhere already, and what goes with that is not known.
            _ => null,
        };
    }

    /// <summary>Goes on with what is known of an attempt; null if there is nothing.</summary>
    public async Task<PodRecord?> ResumeAsync(AttemptExecution execution, CancellationToken ct)
    {
        if (execution.Left?.Output is not { } left) return PodRecord.Resume(execution, self.Name);
        if (left.Shipped is not { Before: { } before, After: { } after } shipped) return PodRecord.Restore(execution, self.Name, PodLogState.Empty);
        var length = await shipper.LengthAsync(execution.Project, execution.Job.Id, execution.Number, ct);
        new OutputPosition(length, 0, shipped.First).Write(execution.Folder);
        return PodRecord.Restore(execution, self.Name, (length >= shipped.To ? after : before).Deserialize<PodLogState>()!);
    }

    /// <summary>Whether an attempt is this worker's to end: else somebody else goes on with it. While nobody can tell, it is.</summary>
    public async Task<bool> IsOursAsync(AttemptExecution execution)
    {
        try
        {
            return (await queue.BeatAsync([KeyOf(execution)], CancellationToken.None)).Held.Count > 0;
        }
        catch (Exception e) when (DatabaseOutage.Is(e))
        {
            return true;
        }
    }

    private static AttemptKey KeyOf(AttemptExecution execution) => new(execution.Project, execution.Job.Id, execution.Number);
}
