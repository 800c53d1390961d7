using System.Text;

namespace Mesh.Functions.Kubernetes;

/// <summary>Brings the log of one pod into an attempt's output, and leaves out what an earlier service had added.</summary>
internal sealed class PodLogCursor
{
    private static readonly UTF8Encoding Utf8 = new();
    private readonly PodRecord _record;
    private readonly string _pod;
    private readonly string? _label;
    private PodLogPoint? _before;
    private int _skip;
    private int _open;

    public PodLogCursor(PodRecord record, string pod, string? label)
    {
        (_record, _pod, _label) = (record, pod, label);
        Start = _before = record.State.Points.GetValueOrDefault(pod);
        _skip = Start?.Open ?? 0;
    }

    /// <summary>Where an earlier service had come to; null at the beginning.</summary>
    public PodLogPoint? Start { get; }

    /// <summary>Adds what a container printed to the output.</summary>
    /// <param name="at">The whole lines that were taken with it.</param>
    /// <param name="last">The last line that was not blank.</param>
    public void Write(string container, string text, PodLogPosition at, string? last)
    {
        if (_before?.Container != container)
        {
            (_before, _open) = (new PodLogPoint(container, PodLogPosition.Start, 0, null), 0);
            if (container != Start?.Container) _skip = 0;
        }

        var end = text.LastIndexOf('\n') + 1;
        if (end > 0) _open = 0;
        _open += Utf8.GetByteCount(text.AsSpan(end));
        text = Rest(text);
        if (text.Length == 0) return;
        var after = new PodLogPoint(container, at, _open, last);
        _record.Add(_pod, _label, text, _before, after);
        _before = after;
    }

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
}
