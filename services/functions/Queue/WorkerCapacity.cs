using Mesh.Functions.Usage;
using Microsoft.Extensions.Options;

namespace Mesh.Functions.Queue;

/// <summary>What this worker has for jobs that ask for resources. Jobs that ask for none take a slot and nothing else.</summary>
internal sealed class WorkerCapacity(IOptions<FunctionsOptions> options)
{
    /// <summary>All of it, whatever is taken now.</summary>
    public Room Has { get; } = new(
        options.Value.Cpus ?? Environment.ProcessorCount,
        options.Value.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        options.Value.Gpus ?? UsageMeter.CountGpus());
}
