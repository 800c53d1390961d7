using System.Globalization;
using Mesh.Contracts.Functions;
using Mesh.Functions.Jobs;

namespace Mesh.Functions.Queue;

/// <summary>Says why a job that waits could wait for ever: no worker that is alive has what it asks for.</summary>
internal sealed class Schedulability(JobQueue queue)
{
    /// <summary>The reason, or null if a worker could take it, or it does not wait.</summary>
    public async Task<string?> ReasonAsync(Job job, CancellationToken ct)
    {
        if (job.Status != JobStatus.Queued || job.Policy?.Resources is not { } asked) return null;
        var needs = Room.Of(asked);
        var (alive, oneHolds, most) = await queue.MeasureAsync(needs, ct);
        if (oneHolds) return null;
        if (alive == 0) return "No worker is alive that says what it has.";
        var lacks = new List<string>(3);
        if (needs.Cpus > most.Cpus) lacks.Add(Invariant($"it asks for {needs.Cpus:0.##} cores, the most that a worker has is {most.Cpus:0.##}"));
        if (needs.MemoryBytes > most.MemoryBytes)
            lacks.Add(Invariant($"it asks for {needs.MemoryBytes / 1048576.0:0.##} MiB of memory, the most that a worker has is {most.MemoryBytes / 1048576.0:0.##} MiB"));
        if (needs.Gpus > most.Gpus) lacks.Add(Invariant($"it asks for {needs.Gpus} graphics processors, the most that a worker has is {most.Gpus}"));
        return lacks.Count == 0
            ? "No worker has all that it asks for together."
            : $"No worker could ever take it: {string.Join("; ", lacks)}.";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
