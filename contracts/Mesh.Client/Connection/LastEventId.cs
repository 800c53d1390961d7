using System.Text;

namespace Mesh.Client.Connection;

/// <summary>
/// The id that a stream of Server-Sent Events has reached: an id counts once its block has ended, with data or without. The framework's parser
/// takes it when it reads the line, so that an event which broke off behind its id would pass for one that arrived.
/// </summary>
internal sealed class LastEventId
{
    // Longer lines hold no id of ours: where every metric of a run stands is the longest.
    private const int Longest = 32 * 1024;

    // Grows for ids alone: lines of data may be very long.
    private byte[] _line = new byte[128];
    private int _length;
    private bool _isCut;
    private string? _pending;

    /// <summary>The id of the last block that has one; null before the first.</summary>
    public string? Value { get; private set; }

    /// <summary>Takes what has arrived, in pieces of any size.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            Append(bytes[..end]);
            EndLine();
        }

        Append(bytes);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_isCut)
        {
            var fitting = Math.Min(bytes.Length, _line.Length - _length);
            bytes[..fitting].CopyTo(_line.AsSpan(_length));
            _length += fitting;
            bytes = bytes[fitting..];
            if (bytes.IsEmpty) return;
            if (_line.Length < Longest && _line.AsSpan().StartsWith("id:"u8)) Array.Resize(ref _line, _line.Length * 2);
            else _isCut = true;
        }
    }

    private void EndLine()
    {
        var line = _line.AsSpan(0, _length).TrimEnd((byte)'\r');
        if (line.IsEmpty) Value = _pending ?? Value;
        else if (!_isCut && line.StartsWith("id:"u8)) _pending = Encoding.UTF8.GetString(line["id:".Length..].TrimStart((byte)' '));
        (_length, _isCut) = (0, false);
    }
}
