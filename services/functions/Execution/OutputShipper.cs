using System.Globalization;
using System.Net.Http.Headers;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Clients;

namespace Mesh.Functions.Execution;

/// <summary>
/// Brings an attempt's output to its run in tracking while it grows. The file is the truth: what tracking has confirmed is written beside it, and
/// everything after that is sent again for as long as it takes. A chunk carries its place in the run's log, so a second delivery is harmless.
/// </summary>
internal sealed class OutputShipper([FromKeyedServices("functions")] ServiceClient client, ILogger<OutputShipper> log)
{
    private const int ChunkBytes = 256 * 1024;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    /// <summary>Ships until the output is complete and confirmed, or tracking refuses it for good.</summary>
    /// <param name="marks">Of an output that another service may go on with: told of each chunk before it is sent.</param>
    /// <returns>Whether everything arrived.</returns>
    public async Task<bool> ShipAsync(string project, string jobId, int attempt, AttemptFolder folder, AttemptOutput output, CancellationToken ct, OutputMarks? marks = null)
    {
        var logs = new RunLog(client, log, project, jobId, attempt);
        OutputPosition? position = null;
        var buffer = new byte[ChunkBytes];
        if (marks is not null) await Task.WhenAny(marks.Begun, output.Completion);
        try
        {
            while (true)
            {
                await output.WaitAsync(position?.Sent ?? 0, ct);
                var complete = output.IsComplete;
                if (output.Length == 0 && complete) return true;
                position ??= OutputPosition.Read(folder) ?? await BeginAsync(logs, folder, ct);
                if (position.Sent >= output.Length)
                {
                    if (complete) return true;
                    continue;
                }

                var (sent, before) = (position.Sent, position);
                var count = await ReadAsync(folder.Log, sent, buffer.AsMemory(0, (int)Math.Min(buffer.Length, output.Length - sent)), ct);
                if (marks is not null) count = marks.Cut(sent, count);
                var found = await logs.AppendAsync(before.Base + sent, buffer.AsMemory(0, count), NoteAsync, ct);
                if (found is not { } at) return false;
                position = new OutputPosition(at - sent, sent + count, FirstOf(at));
                position.Write(folder);
                // A program that prints a lot is sent in fewer, larger chunks.
                await Task.WhenAny(output.Completion, Task.Delay(Gather, ct));
                ct.ThrowIfCancellationRequested();

                // A service elsewhere may have sent what comes before it.
                long FirstOf(long at) => sent == 0 && before.First == before.Base ? at : before.First;

                async Task<bool> NoteAsync(long at)
                {
                    if (marks is null) return true;
                    var isOurs = false;
                    await Outage.WaitOutAsync(async () => isOurs = await marks.NoteAsync(FirstOf(at), at, sent, count, ct), log, jobId, ct);
                    return isOurs;
                }
            }
        }
        catch (ServiceCallException e)
        {
            log.OutputRefused(jobId, attempt, e.Message);
            return false;
        }
    }

    /// <summary>Bytes that the log of a job's run holds, once tracking answers.</summary>
    public Task<long> LengthAsync(string project, string jobId, int attempt, CancellationToken ct) => new RunLog(client, log, project, jobId, attempt).LengthAsync(ct);

    /// <summary>Length without a character that is cut at the end.</summary>
    internal static int WholeCharacters(ReadOnlySpan<byte> utf8)
    {
        for (var back = 1; back <= Math.Min(4, utf8.Length); back++)
        {
            var b = utf8[^back];
            if ((b & 0b1100_0000) == 0b1000_0000) continue;
            var width = b < 0x80 ? 1 : b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
            return width > back ? utf8.Length - back : utf8.Length;
        }

        return utf8.Length;
    }

    /// <summary>The output follows what the run's log holds already. Noted before the first chunk, so that a repeat finds the same place.</summary>
    private static async Task<OutputPosition> BeginAsync(RunLog logs, AttemptFolder folder, CancellationToken ct)
    {
        var end = await logs.LengthAsync(ct);
        var position = new OutputPosition(end, 0, end);
        position.Write(folder);
        return position;
    }

    private static async Task<int> ReadAsync(string path, long offset, Memory<byte> buffer, CancellationToken ct)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, useAsync: true);
        file.Position = offset;
        var count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return WholeCharacters(buffer.Span[..count]);
    }
}

/// <summary>How much of an attempt's output has arrived.</summary>
/// <param name="Base">Where the output begins in the run's log, in bytes.</param>
/// <param name="Sent">Bytes of the output that are confirmed.</param>
/// <param name="First">Where its first chunk lies in the run's log: before <paramref name="Base"/> if the job itself has written there meanwhile.</param>
internal sealed record OutputPosition(long Base, long Sent, long First)
{
    public static OutputPosition? Read(AttemptFolder folder)
    {
        if (!File.Exists(folder.Sent)) return null;
        var parts = File.ReadAllText(folder.Sent).Split(' ');
        if (parts.Length is not (2 or 3) || !Number(parts[0], out var start) || !Number(parts[1], out var sent) || !Number(parts.Length == 3 ? parts[2] : parts[0], out var first))
            return null;
        return new OutputPosition(start, sent, first);

        static bool Number(string text, out long number) => long.TryParse(text, CultureInfo.InvariantCulture, out number);
    }

    public void Write(AttemptFolder folder)
    {
        var next = folder.Sent + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{Base} {Sent} {First}"));
        File.Move(next, folder.Sent, overwrite: true);
    }
}

/// <summary>The log of a run in tracking.</summary>
internal sealed class RunLog(ServiceClient client, ILogger log, string project, string jobId, int attempt)
{
    private readonly string _path = $"/api/v1/projects/{project}/runs/{jobId}/logs";

    /// <summary>Bytes that it holds.</summary>
    public async Task<long> LengthAsync(CancellationToken ct)
    {
        LogChunk? end = null;
        await Outage.WaitOutAsync(
            async () => end = await client.GetAsync<LogChunk>("tracking", $"{_path}?offset={long.MaxValue}&limit=4", project, ct), log, jobId, ct);
        return end!.NextOffset;
    }

    /// <summary>Appends text at an offset, or at the end if the job itself has written to the log meanwhile.</summary>
    /// <param name="note">Told of the offset, before the text is sent there; false when it is not to be sent.</param>
    /// <returns>Where the text begins; null when it was not sent.</returns>
    /// <exception cref="ServiceCallException">Tracking takes no more text of this attempt.</exception>
    public async Task<long?> AppendAsync(long offset, ReadOnlyMemory<byte> text, Func<long, Task<bool>> note, CancellationToken ct)
    {
        while (true)
        {
            if (!await note(offset)) return null;
            try
            {
                await Outage.WaitOutAsync(() => SendAsync(offset, text, ct), log, jobId, ct);
                return offset;
            }
            catch (ServiceCallException e) when (e.Problem.Code is "log.offset-taken" or "log.gap")
            {
                offset = await LengthAsync(ct);
            }
        }
    }

    private async Task SendAsync(long offset, ReadOnlyMemory<byte> text, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _path) { Content = new ReadOnlyMemoryContent(text) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain") { CharSet = "utf-8" };
        request.Headers.Add("Mesh-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Mesh-Log-Offset", offset.ToString(CultureInfo.InvariantCulture));
        using var response = await client.SendAsync(request, "tracking", project, ct);
    }
}

internal static partial class OutputShipperLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Tracking takes no more output of attempt {Attempt} of job {JobId}: {Reason}")]
    public static partial void OutputRefused(this ILogger logger, string jobId, int attempt, string reason);
}
