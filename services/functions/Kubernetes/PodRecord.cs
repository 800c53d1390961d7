using System.Text.Json;
using Mesh.Functions.Distributed;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>
/// What the next service must know of an attempt's pods, kept beside its output. Before text is added to the output it is noted where the output, and the logs, will stand then: from the length of the output
/// the next service sees whether that came to be, so that each line is there once.
/// </summary>
internal sealed class PodRecord
{
    private readonly string _path;
    private readonly AttemptOutput _output;
    private readonly OutputMarks? _marks;
    private readonly GangLog _log;
    private readonly Lock _gate = new();
    private Noted _noted;

    private PodRecord(AttemptExecution execution, string worker, PodLogState state)
    {
        (_path, _output, _marks) = (execution.Folder.Pod, execution.Output, execution.Marks);
        var length = _output.Length;
        _noted = new Noted(worker, state, state, length, length);
        _log = new GangLog(_output, state.Line);
        Save();
        _marks?.Begin(length, state);
    }

    /// <param name="Pod">Whose text it was that was added last; null for a line of Mesh's own.</param>
    /// <param name="Label">How it is told apart in a gang.</param>
    private sealed record Noted(string Worker, PodLogState Before, PodLogState After, long From, long To, string? Pod = null, string? Label = null);

    /// <summary>Where things stand.</summary>
    public PodLogState State
    {
        get
        {
            lock (_gate) return _noted.After;
        }
    }

    /// <summary>What the pod was seen to use; null when nothing was.</summary>
    public (double CpuSeconds, long PeakMemoryBytes)? Usage
    {
        get => State is { CpuSeconds: 0, PeakMemoryBytes: 0 } ? null : (State.CpuSeconds, State.PeakMemoryBytes);
        set
        {
            if (value is var (cpu, peak) && value != Usage) Change(state => state with { CpuSeconds = cpu, PeakMemoryBytes = peak });
        }
    }

    /// <summary>Begins the record of an attempt.</summary>
    public static PodRecord Begin(AttemptExecution execution, string worker) => new(execution, worker, PodLogState.Empty);

    /// <summary>Goes on where a service elsewhere had come to.</summary>
    public static PodRecord Restore(AttemptExecution execution, string worker, PodLogState state) => new(execution, worker, state);

    /// <summary>Goes on with the record of an earlier service here, before anything else is added to the output. Null if there is none.</summary>
    public static PodRecord? Resume(AttemptExecution execution, string worker) => Read(execution.Folder) is { } noted ? new(execution, worker, StateOf(noted, execution.Output)) : null;

    /// <summary>Where an earlier service here had come to at least; null if there is no record, or it is another worker's.</summary>
    public static PodLogState? Find(AttemptFolder folder, string worker) => Read(folder) is { } noted && noted.Worker == worker ? noted.After : null;

    /// <summary>Whether the output here is that of the worker which had the attempt last: else somebody else has gone on with it, and has sent what there was.</summary>
    public static bool IsOf(AttemptFolder folder, string? worker) => Read(folder) is not { } noted || noted.Worker == worker;

    /// <summary>The log of a pod, from where it has come to.</summary>
    /// <param name="label">How it is told apart in a gang; null for a pod that is alone.</param>
    public PodLogCursor Of(string pod, string? label = null) => new(this, pod, label);

    /// <summary>Adds a line of Mesh's own to the output of a gang.</summary>
    public void Note(string text) => _log.Note(text, part => Add(null, null, state => state with { Line = null }, part.From, part.To));

    /// <summary>Says that a gang is to be started again, as what of its pods is forgotten.</summary>
    /// <param name="restart">How often it was started before.</param>
    public void Restart(int restart) => Change(state => state with { Points = PodLogState.Empty.Points, Restart = restart, IsMade = false });

    /// <summary>Says how the attempt has ended, before what was made is removed.</summary>
    public ExecutionEnd Ended(ExecutionEnd end)
    {
        Change(state => state with { End = end });
        return end with { Usage = Usage };
    }

    /// <summary>Says that this start was made.</summary>
    public void Made() => Change(state => state with { IsMade = true });

    /// <summary>Adds what a container printed to the output.</summary>
    /// <param name="before">How far the log of the pod had come.</param>
    /// <param name="after">How far it has come with this.</param>
    internal void Add(string pod, string? label, string text, PodLogPoint before, PodLogPoint after)
    {
        if (label is null)
        {
            _output.Write(text, (from, to) => Add(pod, null, state => state with { Points = state.Points.SetItem(pod, after) }, from, to));
            return;
        }

        _log.Write(label, text, part =>
        {
            var point = part.Bytes is { } bytes ? before with { Open = before.Open + bytes } : after;
            Add(pod, label, state => state with { Points = state.Points.SetItem(pod, point), Line = part.Open }, part.From, part.To);
        });
    }

    private static Noted? Read(AttemptFolder folder)
    {
        try
        {
            return File.Exists(folder.Pod) && JsonSerializer.Deserialize<Noted>(File.ReadAllBytes(folder.Pod)) is { Worker: not null, Before.Points: not null, After.Points: not null } noted ? noted : null;
        }
        catch (JsonException)
        {
            // Of an older version.
            return null;
        }
    }

    private static PodLogState StateOf(Noted noted, AttemptOutput output)
    {
        var length = output.Length;
        if (length >= noted.To) return length == noted.To ? noted.After : noted.After with { Line = output.BeginsWithinLine ? "" : null };
        var state = noted.Before;
        if (noted.Pod is not { } pod || length <= noted.From || noted.After.Points.GetValueOrDefault(pod)?.Container is not { } container) return state;
        // A write that was cut off itself: what there is of it comes again, and is left out.
        var point = state.Points.GetValueOrDefault(pod) is { } before && before.Container == container ? before : new PodLogPoint(container, PodLogPosition.Start, 0, null);
        var cut = new byte[length - noted.From];
        using (var file = new FileStream(output.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Position = noted.From;
            file.ReadExactly(cut);
        }

        var (bytes, line) = noted.Label is { } label ? GangLog.Measure(cut, label, state.Line) : (cut.Length, null);
        return state with { Points = state.Points.SetItem(pod, point with { Open = point.Open + bytes }), Line = line };
    }

    private void Add(string? pod, string? label, Func<PodLogState, PodLogState> change, long from, long to)
    {
        lock (_gate)
        {
            _noted = new Noted(_noted.Worker, _noted.After, change(_noted.After), from, to, pod, label);
            Save();
            _marks?.Add(from, to, _noted.After);
        }
    }

    private void Change(Func<PodLogState, PodLogState> change)
    {
        lock (_gate)
        {
            _noted = _noted with { Before = change(_noted.Before), After = change(_noted.After) };
            Save();
        }
    }

    private void Save()
    {
        try
        {
            var next = $"{_path}.next";
            File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(_noted));
            File.Move(next, _path, overwrite: true);
        }
        catch (IOException)
        {
            // A full disk. Without a record the attempt is not gone on with, rather than with lines that are there twice.
            File.Delete(_path);
        }
    }
}
