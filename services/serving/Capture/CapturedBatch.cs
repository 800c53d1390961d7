using Mesh.Serving.Loading;
using Mesh.Serving.Tensors;

namespace Mesh.Serving.Capture;

/// <summary>The rows of one answered request on their way to monitoring. Owns the batch until it is written.</summary>
/// <param name="BodyLength">Bytes of the request's body, for a measure of its texts.</param>
internal readonly record struct CapturedBatch(
    EndpointSlot Slot, LoadedModel Model, TensorBatch Batch, DateTimeOffset EventTime, double LatencyMs, string? RequestId, int BodyLength)
{
    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => Batch.Capacity + (2L * BodyLength) + 256;
}
