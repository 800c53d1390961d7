using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;

namespace Mesh.Serving.Protocol;

/// <summary>A buffer with a JSON writer on it, used again: an answer is composed before its first byte goes out, so that its length is known.</summary>
internal sealed class ResponseBuffer
{
    private const int MaxIdle = 256;
    private const int MaxCapacity = 1 << 20;

    private static readonly ConcurrentQueue<ResponseBuffer> Idle = new();
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    private ResponseBuffer() => Json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { SkipValidation = true });

    public Utf8JsonWriter Json { get; }

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public static ResponseBuffer Rent() => Idle.TryDequeue(out var buffer) ? buffer : new ResponseBuffer();

    public static void Return(ResponseBuffer buffer)
    {
        if (buffer._bytes.Capacity > MaxCapacity || Idle.Count >= MaxIdle) return;
        buffer._bytes.ResetWrittenCount();
        buffer.Json.Reset();
        Idle.Enqueue(buffer);
    }
}
