using Mesh.Hosting;

namespace Mesh.Monitoring.Predictions;

/// <summary>Wakes the evaluator of this process when rows have come.</summary>
internal sealed class TrafficSignal : Signal;
