using System.Buffers;
using Apache.Arrow.Memory;

namespace Mesh.Tracking.Metrics.Ingest;

/// <summary>Gives memory for record batches, within a limit: their length is only what the stream says.</summary>
internal sealed class BoundedAllocator : MemoryAllocator
{
    /// <summary>The most bytes of a record batch.</summary>
    public const int MaxBytes = 64 << 20;

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        if (length > MaxBytes) throw new InvalidDataException("A record batch is too large.");
        bytesAllocated = length;
        return MemoryPool<byte>.Shared.Rent(length);
    }
}
