namespace Mesh.Functions.Execution;

/// <summary>Reads one output stream of a process to its end and passes it on as <see cref="OutputLines"/> do; an unfinished line after a pause.</summary>
/// <param name="stream">What the process writes to.</param>
/// <param name="write">Takes the text: whole lines, or what has come of one that has not ended.</param>
/// <param name="mask">Blots out secrets.</param>
internal sealed class LineReader(Stream stream, Action<string> write, SecretMask mask)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly OutputLines _lines = new(write, mask);

    /// <summary>The last line that was not blank, masked and shortened; null if there was none.</summary>
    public string? LastLine => _lines.LastLine;

    public async Task RunAsync(CancellationToken ct)
    {
        var bytes = new byte[32 * 1024];
        try
        {
            while (true)
            {
                var reading = stream.ReadAsync(bytes, ct).AsTask();
                if (_lines.IsOpen && !reading.IsCompleted && await Task.WhenAny(reading, Task.Delay(Pause, ct)) != reading) _lines.Flush();
                var count = await reading;
                if (count == 0) break;
                _lines.Take(bytes.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // A process that outlives the job holds the stream open: what it says now belongs to nobody.
        }

        _lines.End();
    }
}
