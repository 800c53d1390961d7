namespace Mesh.Tracking.Logs;

/// <summary>The part of a log that is in memory while it is read from a place to its end: as much as the caller has not gone past, and a block.</summary>
internal sealed class LogWindow(LogStore logs, string project, Guid run, long from, long length)
{
    private const int Block = 1 << 20;

    private readonly byte[] _bytes = new byte[2 * Block];
    private int _start;
    private int _end;

    /// <summary>Where what is in memory begins.</summary>
    public long Offset { get; private set; } = from;

    /// <summary>What is in memory.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Whether there is no more than what is in memory.</summary>
    public bool IsLast { get; private set; } = from >= length;

    /// <summary>Reads on. At most a block is in memory by then.</summary>
    public async Task ReadAsync(CancellationToken ct)
    {
        var next = Offset + Span.Length;
        var block = await logs.ReadBytesAsync(project, run, next, (int)Math.Min(Block, length - next), ct);
        // A log ends before its length when its run is being removed.
        IsLast = block.IsEmpty || next + block.Length >= length;
        Span.CopyTo(_bytes);
        (_start, _end) = (0, Span.Length);
        block.Span.CopyTo(_bytes.AsSpan(_end));
        _end += block.Length;
    }

    /// <summary>Goes past so many bytes.</summary>
    public void Skip(int count)
    {
        _start += count;
        Offset += count;
    }
}
