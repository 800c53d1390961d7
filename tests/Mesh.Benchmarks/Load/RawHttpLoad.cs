using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Benchmarks.Load;

/// <summary>
/// Sends one prepared HTTP/1.1 request again and again over several kept connections and counts the answers: as little work per request as can be,
/// because the server shares the machine.
/// </summary>
internal static class RawHttpLoad
{
    private static readonly byte[] Length = "content-length: "u8.ToArray();

    /// <summary>Answers with a status of success per second.</summary>
    /// <param name="prepare">Changes the body of a connection's next request in place, given the connection and how many were sent on it.</param>
    /// <exception cref="InvalidOperationException">An answer had another status.</exception>
    public static async Task<double> RateAsync(
        Uri address, string method, IReadOnlyDictionary<string, string> headers, byte[] body, int connections, TimeSpan span, BodyChange? prepare = null)
    {
        var stop = Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(connection => Task.Run(() => SendAsync(address, Render(address, method, headers, body), stop, prepare is null ? null : (request, sent) => prepare(request.AsSpan(request.Length - body.Length), connection, sent)))));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Changes a body in place.</summary>
    public delegate void BodyChange(Span<byte> body, int connection, long sent);

    private static async Task<long> SendAsync(Uri address, byte[] request, long stop, Action<byte[], long>? prepare)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        var buffer = new byte[64 * 1024];
        long count = 0;
        while (Stopwatch.GetTimestamp() < stop)
        {
            prepare?.Invoke(request, count);
            for (var sent = 0; sent < request.Length;) sent += await socket.SendAsync(request.AsMemory(sent));
            var (filled, total) = (0, int.MaxValue);
            while (filled < total)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
                if (read == 0) throw new InvalidOperationException("The server closed the connection.");
                filled += read;
                if (total == int.MaxValue) total = Total(buffer.AsSpan(0, filled));
            }

            count++;
        }

        return count;
    }

    // Length of the whole answer once its head is there.
    private static int Total(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return int.MaxValue;
        if (!answer.StartsWith("HTTP/1.1 20"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(answer));
        if (answer.StartsWith("HTTP/1.1 204"u8)) return head + 4;
        for (var rest = answer[..head]; ;)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = end < 0 ? rest : rest[..end];
            if (line.Length > Length.Length && Ascii.EqualsIgnoreCase(line[..Length.Length], Length) && Utf8Parser.TryParse(line[Length.Length..], out int length, out _))
                return head + 4 + length;
            // Without a length the answer comes in chunks, the last of which is empty.
            if (end < 0) return answer.EndsWith("\r\n0\r\n\r\n"u8) ? answer.Length : int.MaxValue;
            rest = rest[(end + 2)..];
        }
    }

    private static byte[] Render(Uri address, string method, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{method} {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
    }
}
