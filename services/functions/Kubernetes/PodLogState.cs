using System.Collections.Immutable;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>How far the log of a pod has come into an attempt's output.</summary>
/// <param name="Container">The container that is read.</param>
/// <param name="At">The lines of it that are whole and taken.</param>
/// <param name="Open">Bytes of output that what follows them has given already.</param>
/// <param name="Last">The last line that was not blank.</param>
internal sealed record PodLogPoint(string Container, PodLogPosition At, int Open, string? Last);

/// <summary>What of an attempt's pods goes with a place in its output.</summary>
/// <param name="Points">How far the log of each pod has come, by its name.</param>
/// <param name="Line">Of a gang, whose line has not ended there; empty when that is not known.</param>
/// <param name="Restart">Of a gang, how often it was started before.</param>
/// <param name="IsMade">Whether that start was made: what is not there any more is gone then.</param>
/// <param name="CpuSeconds">What the pod was seen to use.</param>
/// <param name="PeakMemoryBytes">The most memory.</param>
internal sealed record PodLogState(
    ImmutableDictionary<string, PodLogPoint> Points, string? Line = null, int Restart = 0, bool IsMade = false, double CpuSeconds = 0, long PeakMemoryBytes = 0)
{
    /// <summary>How the attempt has ended: nothing more is to be read, and what was made may be gone.</summary>
    public ExecutionEnd? End { get; init; }

    public static PodLogState Empty { get; } = new(ImmutableDictionary<string, PodLogPoint>.Empty);
}
