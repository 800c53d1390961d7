using Mesh.Cli.Terminal;

namespace Mesh.Cli.Lifecycle;

/// <summary>Reads a growing file line by line.</summary>
internal sealed class LogTail(string path, string prefix)
{
    private long _position;

    /// <summary>Prints the last lines.</summary>
    public async Task PrintEndAsync(int lines, Output output, CancellationToken ct)
    {
        var last = new Queue<string>();
        await ReadAsync(line =>
        {
            last.Enqueue(line);
            if (last.Count > lines) last.Dequeue();
        }, ct);
        foreach (var line in last) output.Raw(prefix + line);
    }

    /// <summary>Prints what was written since.</summary>
    public Task PrintNewAsync(Output output, CancellationToken ct) => ReadAsync(line => output.Raw(prefix + line), ct);

    private async Task ReadAsync(Action<string> print, CancellationToken ct)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length < _position) _position = 0;
        stream.Seek(_position, SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(ct) is { } line) print(line);
        _position = stream.Position;
    }
}
