namespace Mesh.Functions.Execution;

/// <summary>Reads one output stream of a process to its end and passes it on as <see cref="OutputLines"/> do, line by line; an unfinished line after a pause.</summary>
/// <param name="stream">What the process writes to.</param>
/// <param name="write">Takes the text: at most one line at a time, with its end where it has one.</param>
/// <param name="mask">Blots out secrets.</param>
internal sealed class LineReader(Stream stream, Action<string> write, SecretMask mask)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly OutputLines _lines = new(text => WriteLines(text, write), mask);

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

    private static void WriteLines(string text, Action<string> write)
    {
        for (var from = 0; from < text.Length;)
        {
            var end = text.IndexOf('\n', from) is >= 0 and var at ? at + 1 : text.Length;
            write(text[from..end]);
            from = end;
        }
    }
}
