using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>Whole lines of a container's log that were taken.</summary>
/// <param name="Second">The second of the newest; empty when there are none.</param>
/// <param name="Lines">How many of that second.</param>
internal sealed record PodLogPosition(string Second, int Lines)
{
    public static PodLogPosition Start { get; } = new("", 0);
}

/// <summary>
/// The log of one container as it grows, each byte once. Lines come with their times. A stream that broke is asked for again from its last second on, all that
/// the API can be asked for, and the lines of that second which were taken are known by their times. A line of any length passes in pieces.
/// </summary>
/// <param name="lines">Take what it says.</param>
/// <param name="start">What an earlier service has taken, and is left out.</param>
internal sealed class PodLog(ClusterApi api, string pod, string container, OutputLines lines, PodLogPosition? start = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private const int LongestTime = 64;
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _fresh = new();
    private string _second = start?.Second ?? "";
    private int _lines;
    private int _left = start?.Lines ?? 0;
    private PodLogPosition _beforeOpen = start ?? PodLogPosition.Start;
    private (string Time, long Bytes)? _open;
    private long _total;

    /// <summary>The whole lines that were taken.</summary>
    public PodLogPosition Position => _open is null ? new PodLogPosition(_second, _lines) : _beforeOpen;

    /// <summary>Follows it until the container has ended and all of it was taken.</summary>
    /// <param name="hasEnded">Whether the container has ended: what is asked for after that is the whole.</param>
    public async Task FollowAsync(Func<bool> hasEnded, CancellationToken ct)
    {
        for (var failures = 0; ; failures++)
        {
            var isLast = hasEnded();
            var before = _total;
            try
            {
                await TakeAsync(!isLast, ct);
                if (isLast) return;
            }
            catch (ClusterException e) when (e.Status == HttpStatusCode.NotFound)
            {
                return;
            }
            catch (Exception e) when (e is ClusterException { IsOutage: true } or ClusterException { Status: HttpStatusCode.BadRequest } or IOException or HttpRequestException)
            {
                // Broken off, or asked for before the container has begun.
            }

            if (_total > before) failures = 0;
            await Task.Delay(hasEnded() ? TimeSpan.FromMilliseconds(50) : ClusterRetry.After(failures), ct);
        }
    }

    private async Task TakeAsync(bool follow, CancellationToken ct)
    {
        var since = _second.Length == 0 ? "" : $"&sinceTime={Uri.EscapeDataString(_second + "Z")}";
        using var answer = await api.OpenAsync($"{pod}/log?container={container}&timestamps=true{(follow ? "&follow=true" : "")}{since}", ct);
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        var answered = new Lines(this);
        var buffer = new byte[32 * 1024];
        while (true)
        {
            var reading = stream.ReadAsync(buffer, ct).AsTask();
            // A line that has begun and not ended is shown after a pause.
            if (lines.IsOpen && !reading.IsCompleted && await Task.WhenAny(reading, Task.Delay(Pause, ct)) != reading) lines.Flush();
            if (await reading is not (> 0 and var count)) return;
            answered.Take(buffer.AsSpan(0, count));
            if (_fresh.WrittenCount == 0) continue;
            lines.Take(_fresh.WrittenSpan);
            _fresh.ResetWrittenCount();
        }
    }

    /// <summary>Splits one answer into lines and leaves out what was taken before.</summary>
    private sealed class Lines(PodLog log)
    {
        private readonly Dictionary<string, int> _known = new(log._taken, StringComparer.Ordinal);
        private readonly (string Time, long Bytes)? _broken = log._open;
        private readonly StringBuilder _head = new(LongestTime);
        private bool _inText;
        private long _skip;

        public void Take(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                if (!_inText && !ReadTime(ref bytes)) return;
                var end = bytes.IndexOf((byte)'\n');
                var part = end < 0 ? bytes : bytes[..(end + 1)];
                bytes = bytes[part.Length..];
                Write(part);
                if (end >= 0) (_inText, log._open) = (false, null);
            }
        }

        private bool ReadTime(ref ReadOnlySpan<byte> bytes)
        {
            var space = bytes.IndexOf((byte)' ');
            var head = space < 0 ? bytes : bytes[..space];
            if (_head.Length + head.Length > LongestTime) throw new IOException("The log has lines without times.");
            _head.Append(Encoding.ASCII.GetString(head));
            bytes = bytes[(space < 0 ? bytes.Length : space + 1)..];
            if (space < 0) return false;
            Begin(_head.ToString());
            _head.Clear();
            _inText = true;
            return true;
        }

        private void Begin(string time)
        {
            if (_known.TryGetValue(time, out var left) && left > 0)
            {
                _known[time] = left - 1;
                // The line that broke off is the last of its time, and goes on where it broke off.
                var goesOn = left == 1 && _broken?.Time == time;
                _skip = goesOn ? _broken!.Value.Bytes : long.MaxValue;
                if (goesOn) log._open = _broken;
                return;
            }

            var second = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
            if (log._left > 0 && second == log._second)
            {
                log._left--;
                log._lines++;
                log._taken[time] = log._taken.GetValueOrDefault(time) + 1;
                _skip = long.MaxValue;
                return;
            }

            _skip = log._left = 0;
            log._beforeOpen = new PodLogPosition(log._second, log._lines);
            // Two streams mix, so that a line may be a little older than the one before it: the API leaves it out by itself the next time.
            if (string.CompareOrdinal(second, log._second) > 0)
            {
                log._second = second;
                log._lines = 0;
                log._taken.Clear();
            }

            if (second == log._second)
            {
                log._lines++;
                log._taken[time] = log._taken.GetValueOrDefault(time) + 1;
            }

            log._open = (time, 0);
        }

        private void Write(ReadOnlySpan<byte> part)
        {
            if (_skip == long.MaxValue) return;
            var skipped = (int)Math.Min(_skip, part.Length);
            _skip -= skipped;
            log._fresh.Write(part[skipped..]);
            log._total += part.Length - skipped;
            if (log._open is { } open && skipped < part.Length) log._open = open with { Bytes = open.Bytes + part.Length - skipped };
        }
    }
}
