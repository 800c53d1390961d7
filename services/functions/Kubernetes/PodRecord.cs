using System.Text;
using System.Text.Json;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Kubernetes;

/// <summary>How far the log of a pod has come into an attempt's output.</summary>
/// <param name="Container">The container that is read.</param>
/// <param name="At">The lines of it that are whole and taken.</param>
/// <param name="Open">Bytes of output that the line after them has given already.</param>
/// <param name="Last">The last line that was not blank.</param>
internal sealed record PodLogPoint(string Container, PodLogPosition At, int Open, string? Last);

/// <summary>
/// What the next service must know of an attempt's pod, kept beside its output. Before text is added to the output it is noted where the output, and the log, will stand then: from the length of the output
/// the next service sees whether that came to be, so that each line is there once.
/// </summary>
internal sealed class PodRecord
{
    private static readonly UTF8Encoding Utf8 = new();
    private readonly string _path;
    private readonly AttemptOutput _output;
    private readonly Lock _gate = new();
    private Noted _noted;
    private int _skip;
    private int _open;

    private PodRecord(string path, AttemptOutput output, Noted noted)
    {
        (_path, _output, _noted) = (path, output, noted);
        _skip = noted.After?.Open ?? 0;
        Save();
    }

    private sealed record Noted(PodLogPoint? Before, PodLogPoint? After, long From, long To, double CpuSeconds, long PeakMemoryBytes);

    /// <summary>Where an earlier service had come to; null at the beginning.</summary>
    public PodLogPoint? Start { get; private init; }

    /// <summary>What the pod was seen to use; null when nothing was.</summary>
    public (double CpuSeconds, long PeakMemoryBytes)? Usage
    {
        get => _noted is { CpuSeconds: 0, PeakMemoryBytes: 0 } ? null : (_noted.CpuSeconds, _noted.PeakMemoryBytes);
        set
        {
            lock (_gate)
            {
                if (value is not var (cpu, peak) || value == Usage) return;
                _noted = _noted with { CpuSeconds = cpu, PeakMemoryBytes = peak };
                Save();
            }
        }
    }

    /// <summary>Begins the record of an attempt.</summary>
    public static PodRecord Begin(AttemptFolder folder, AttemptOutput output) => new(folder.Pod, output, new Noted(null, null, output.Length, output.Length, 0, 0));

    /// <summary>Goes on with the record of an earlier service, before anything else is added to the output. Null if there is none.</summary>
    public static PodRecord? Resume(AttemptFolder folder, AttemptOutput output)
    {
        if (!File.Exists(folder.Pod) || JsonSerializer.Deserialize<Noted>(File.ReadAllBytes(folder.Pod)) is not { } noted) return null;
        var length = output.Length;
        var came = length >= noted.To;
        var point = came ? noted.After : noted.Before;
        // A write that was cut off itself: what there is of it comes again.
        if (!came && point is not null) point = point with { Open = point.Open + (int)Math.Max(0, length - noted.From) };
        return new PodRecord(folder.Pod, output, noted with { Before = point, After = point, From = length, To = length }) { Start = point };
    }

    /// <summary>Adds what a container printed to the output.</summary>
    /// <param name="at">The whole lines that were taken with it.</param>
    /// <param name="last">The last line that was not blank.</param>
    public void Write(string container, string text, PodLogPosition at, string? last)
    {
        var end = text.LastIndexOf('\n') + 1;
        if (_noted.After?.Container != container || end > 0) _open = 0;
        _open += Utf8.GetByteCount(text.AsSpan(end));
        text = Rest(text);
        if (text.Length == 0) return;
        var after = new PodLogPoint(container, at, _open, last);
        _output.Write(text, (from, to) =>
        {
            lock (_gate)
            {
                _noted = _noted with { Before = _noted.After, After = after, From = from, To = to };
                Save();
            }
        });
    }

    /// <summary>Leaves out what an earlier service had added.</summary>
    private string Rest(string text)
    {
        var start = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (_skip <= 0) break;
            _skip -= rune.Utf8SequenceLength;
            start += rune.Utf16SequenceLength;
        }

        return text[start..];
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
