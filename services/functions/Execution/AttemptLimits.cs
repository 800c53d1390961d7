using System.Globalization;

namespace Mesh.Functions.Execution;

/// <summary>What an attempt on this machine may use.</summary>
/// <param name="MemoryBytes">The most memory of all its processes together; null for no limit.</param>
/// <param name="Cpus">The cores that it has reserved; null for none.</param>
/// <param name="Processes">The most processes and threads at once.</param>
internal sealed record AttemptLimits(long? MemoryBytes, double? Cpus, int Processes)
{
    /// <summary>Why an attempt was ended that used more memory.</summary>
    public string MemoryExceeded => string.Create(CultureInfo.InvariantCulture, $"memory limit {MemoryBytes / 1048576.0:0.##} MiB exceeded");

    /// <summary>Why an attempt was ended that had more processes.</summary>
    public string ProcessesExceeded => string.Create(CultureInfo.InvariantCulture, $"process limit {Processes:N0} exceeded");
}
