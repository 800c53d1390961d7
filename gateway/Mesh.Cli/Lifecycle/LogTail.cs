namespace Mesh.Cli.Lifecycle;

/// <summary>A line that a process of the mesh has written.</summary>
internal sealed record LogLine(string Process, string Text);

/// <summary>Reads a growing file line by line.</summary>
internal sealed class LogTail(string path)
{
    private readonly string _process = Path.GetFileNameWithoutExtension(path);
    private long _position;

    /// <summary>The last lines.</summary>
    public async Task<IReadOnlyCollection<LogLine>> EndAsync(int lines, CancellationToken ct)
    {
        var last = new Queue<LogLine>();
        await ReadAsync(line =>
        {
            last.Enqueue(line);
            if (last.Count > lines) last.Dequeue();
        }, ct);
        return last;
    }

    /// <summary>Reads what was written since.</summary>
    public async Task ReadAsync(Action<LogLine> read, CancellationToken ct)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length < _position) _position = 0;
        stream.Seek(_position, SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(ct) is { } line) read(new LogLine(_process, line));
        _position = stream.Position;
    }
}
