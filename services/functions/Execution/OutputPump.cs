using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Functions.Execution;

/// <summary>
/// Reads the pipes of one process on a thread of its own, and passes on what it has read, to the attempt's output, before it reads on: a service that is killed
/// takes with it no more than it had in its hand. Hears of the end of the process, too.
/// </summary>
internal sealed class OutputPump : IDisposable
{
    private const int Pause = 500;
    private readonly ProcessFiles _files;
    private readonly Reading _out;
    private readonly Reading _errors;
    private readonly SafeFileHandle _end;
    private readonly SafeFileHandle _bell;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Wish _wish;
    private string? _noted;

    /// <summary>Opens the pipes and begins to read.</summary>
    /// <exception cref="IOException">A pipe cannot be opened.</exception>
    public OutputPump(ProcessFiles files, Action<string> write, SecretMask mask)
    {
        _files = files;
        var last = _noted = File.Exists(files.LastError) ? File.ReadAllText(files.LastError) : null;
        _out = new Reading(Native.OpenPipe(files.Out), new OutputLines(write, mask));
        _errors = new Reading(Native.OpenPipe(files.Errors), new OutputLines(write, mask) { LastLine = last });
        _end = Native.OpenPipe(files.End);
        _bell = Native.OpenBell();
        if (files.ReadExit() is not null) _ended.SetResult();
        new Thread(Run) { IsBackground = true, Name = "job output" }.Start();
    }

    private enum Wish
    {
        GoOn,
        Drain,
        Leave,
    }

    /// <summary>Ends when the process has.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The last line of stderr that was not blank, from before this service's time too.</summary>
    public string? LastErrorLine => _errors.Lines.LastLine;

    /// <summary>Reads what is still in the pipes, and no more.</summary>
    public Task DrainAsync() => FinishAsync(Wish.Drain);

    /// <summary>Reads no more: what is still in the pipes stays for who comes next.</summary>
    public Task LeaveAsync() => FinishAsync(Wish.Leave);

    public void Dispose() => _ = FinishAsync(Wish.Leave).ContinueWith(_ => _bell.Dispose(), TaskScheduler.Default);

    private Task FinishAsync(Wish wish)
    {
        if (_finished.Task.IsCompleted) return _finished.Task;
        _wish = wish;
        Native.Ring(_bell);
        return _finished.Task;
    }

    private void Run()
    {
        try
        {
            Read();
            _out.Lines.End();
            _errors.Lines.End();
            NoteLastError();
            _finished.SetResult();
        }
        catch (Exception e)
        {
            _finished.TrySetException(e);
            _ended.TrySetException(e);
        }
        finally
        {
            _out.Pipe.Dispose();
            _errors.Pipe.Dispose();
            _end.Dispose();
        }
    }

    private void Read()
    {
        var bytes = new byte[64 * 1024];
        Span<PollEntry> watched = [Watch(_out.Pipe), Watch(_errors.Pipe), Watch(_end), Watch(_bell)];
        while (true)
        {
            var wish = _wish;
            if (wish == Wish.Leave) return;
            Native.Wait(watched, wish == Wish.Drain ? 0 : Math.Min(_out.Left, _errors.Left));
            var read = Take(ref watched[0], _out, bytes) | Take(ref watched[1], _errors, bytes);
            NoteLastError();
            if (watched[2].Came != 0)
            {
                watched[2].Descriptor = -1;
                _ended.TrySetResult();
            }

            if (watched[3].Came != 0) watched[3].Descriptor = -1;
            if (wish == Wish.Drain && !read) return;
        }
    }

    private static PollEntry Watch(SafeFileHandle handle) => new() { Descriptor = (int)handle.DangerousGetHandle(), Asked = Native.Readable };

    private static bool Take(ref PollEntry entry, Reading from, byte[] bytes)
    {
        var came = entry.Came;
        entry.Came = 0;
        if (came == 0)
        {
            if (from.Left > 0) return false;
            from.Lines.Flush();
            from.At = Stopwatch.GetTimestamp();
            return false;
        }

        var count = Native.Read(from.Pipe, bytes);
        if (count > 0)
        {
            from.Lines.Take(bytes.AsSpan(0, count));
            from.At = Stopwatch.GetTimestamp();
            return true;
        }

        // Nobody writes any more, and nobody will: whoever could has ended.
        if (count == 0) entry.Descriptor = -1;
        return false;
    }

    private void NoteLastError()
    {
        if (_errors.Lines.LastLine is not { } last || last == _noted) return;
        _noted = last;
        try
        {
            File.WriteAllText(_files.LastError, last, Encoding.UTF8);
        }
        catch (IOException)
        {
            // A full disk: the cause is then known as long as this service lives.
        }
    }

    private sealed class Reading(SafeFileHandle pipe, OutputLines lines)
    {
        public SafeFileHandle Pipe { get; } = pipe;

        public OutputLines Lines { get; } = lines;

        public long At { get; set; }

        /// <summary>Milliseconds until a line that has begun is shown; for ever while there is none.</summary>
        public int Left => Lines.IsOpen ? Math.Max(0, Pause - (int)Stopwatch.GetElapsedTime(At).TotalMilliseconds) : int.MaxValue;
    }
}
