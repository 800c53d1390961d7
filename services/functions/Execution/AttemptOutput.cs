using System.Globalization;
using System.Text;

namespace Mesh.Functions.Execution;

/// <summary>
/// What an attempt printed, on disk first: a file of valid UTF-8 that only grows. Both streams of the process write to it, a line at a time;
/// one reader ships it on. Thread-safe.
/// </summary>
internal sealed class AttemptOutput : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private readonly long _limit;
    private readonly byte[] _cutNote;
    private TaskCompletionSource _grown = NewSignal();
    private readonly TaskCompletionSource _completed = NewSignal();
    private long _length;
    private bool _cut;

    /// <param name="path">The file; what it holds stays.</param>
    /// <param name="limit">Most bytes to keep; what comes after is dropped, with a line that says so.</param>
    public AttemptOutput(string path, long limit)
    {
        Path = path;
        _limit = limit;
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path, options);
        _length = _file.Length;
        _cutNote = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n[mesh] The output is longer than {limit:N0} bytes; the rest is dropped.\n"));
        // Another service may have come to the limit already.
        _cut = _length > 0 && EndsWith(path, _cutNote);
        BeginsWithinLine = _length > 0 && !EndsWith(path, "\n"u8);
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file.</summary>
    public long Length
    {
        get
        {
            lock (_gate) return _length;
        }
    }

    /// <summary>Why text could not be kept, such as a full disk; from then on all is dropped. Null while it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether it goes on where another service had written a line that has not ended.</summary>
    public bool BeginsWithinLine { get; }

    /// <summary>Whether nothing more will come.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Ends when nothing more will come.</summary>
    public Task Completion => _completed.Task;

    /// <summary>Adds text as it is.</summary>
    public void Write(string text) => Write(text, null);

    /// <summary>Adds text as it is.</summary>
    /// <param name="before">Told, before it is added, how long the file is and how long it will be then; not told of what is dropped.</param>
    public void Write(string text, Action<long, long>? before)
    {
        if (text.Length == 0) return;
        lock (_gate)
        {
            if (IsComplete || _cut) return;
            var bytes = Encoding.UTF8.GetBytes(text);
            if (_length + bytes.Length > _limit)
            {
                _cut = true;
                bytes = _cutNote;
            }

            try
            {
                before?.Invoke(_length, _length + bytes.Length);
                Keep(bytes);
            }
            catch (IOException e)
            {
                // Whoever reads the process's streams must go on, or the process would wait for ever on a full pipe.
                Fault = e.Message.TrimEnd('.');
                _cut = true;
            }
        }
    }

    /// <summary>Adds a line of Mesh's own.</summary>
    public void Note(string text) => Write($"[mesh] {text}\n");

    /// <summary>Says that nothing more will come.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (!IsComplete && Fault is not null) TryNoteFault();
            IsComplete = true;
            _completed.TrySetResult();
            _file.Dispose();
            Announce();
        }
    }

    /// <summary>Ends when there is more than <paramref name="known"/> bytes, or nothing more will come.</summary>
    public Task WaitAsync(long known, CancellationToken ct)
    {
        lock (_gate) return _length > known || IsComplete ? Task.CompletedTask : _grown.Task.WaitAsync(ct);
    }

    public void Dispose() => Complete();

    private static bool EndsWith(string path, ReadOnlySpan<byte> text)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length < text.Length) return false;
        file.Position = file.Length - text.Length;
        var end = new byte[text.Length];
        return file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false) == end.Length && text.SequenceEqual(end);
    }

    private void Keep(byte[] bytes)
    {
        try
        {
            _file.Write(bytes);
        }
        catch (IOException)
        {
            // What was written of it may end in the middle of a character.
            if (_file.Length > _length) _file.SetLength(_length);
            throw;
        }

        _length += bytes.Length;
        Announce();
    }

    private void TryNoteFault()
    {
        try
        {
            Keep(Encoding.UTF8.GetBytes($"\n[mesh] The rest of the output could not be kept: {Fault}.\n"));
        }
        catch (IOException)
        {
            // There is still no room for it: the cause of the attempt says so.
        }
    }

    private void Announce()
    {
        _grown.TrySetResult();
        _grown = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
