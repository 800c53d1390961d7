using System.Globalization;

namespace Mesh.Functions.Tests.Kubernetes.StandIn;

/// <summary>What a container printed: lines with their times, as a node keeps them.</summary>
internal sealed class ContainerLog
{
    private readonly List<(DateTime At, List<byte> Text, bool IsWhole)> _lines = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplete;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            while (bytes.Length > 0)
            {
                var end = bytes.IndexOf((byte)'\n');
                var part = end < 0 ? bytes : bytes[..end];
                if (_lines is not [.., { IsWhole: false }]) _lines.Add((DateTime.UtcNow, [], false));
                _lines[^1].Text.AddRange(part);
                if (end >= 0) _lines[^1] = _lines[^1] with { IsWhole = true };
                bytes = bytes[(end < 0 ? bytes.Length : end + 1)..];
            }

            Announce();
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Announce();
        }
    }

    /// <summary>The last bytes of it.</summary>
    public string Tail()
    {
        lock (_gate) return string.Join('\n', _lines.TakeLast(20).Select(l => System.Text.Encoding.UTF8.GetString([.. l.Text])));
    }

    /// <summary>Writes the log from a time on, and what comes.</summary>
    public async Task SendAsync(Func<byte[], Task> send, DateTime? since, bool follow, CancellationToken ct)
    {
        var (line, offset) = (0, 0);
        while (true)
        {
            byte[]? next = null;
            Task grown;
            lock (_gate)
            {
                grown = _grown.Task;
                while (line < _lines.Count && _lines[line].At < since) line++;
                if (line < _lines.Count && (offset > -1) && (_lines[line].Text.Count > offset || _lines[line].IsWhole))
                {
                    var (at, text, isWhole) = _lines[line];
                    var head = offset == 0 ? at.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture) + " " : "";
                    next = [.. System.Text.Encoding.ASCII.GetBytes(head), .. text.Skip(offset), .. isWhole ? "\n"u8.ToArray() : []];
                    (line, offset) = isWhole ? (line + 1, 0) : (line, text.Count);
                }
                else if (_isComplete || !follow) return;
            }

            if (next is not null) await send(next);
            else await grown.WaitAsync(ct);
        }
    }

    private void Announce()
    {
        _grown.TrySetResult();
        _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
