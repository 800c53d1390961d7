using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tracking.Spool;

/// <summary>Whether a spool takes more.</summary>
internal enum SpoolState
{
    /// <summary>It does.</summary>
    Open,

    /// <summary>Its file has as many bytes as it may have.</summary>
    Full,

    /// <summary>The disk refused it a moment ago, or there is no folder for it.</summary>
    Broken,
}

/// <summary>The batches of a run that wait on the disk. Its file is made with the first and deleted with the last. For one thread at a time.</summary>
internal sealed class MetricSpool(MeshClientOptions options, string project, Guid run)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private SpoolFile? _file;
    private (LogMetrics Batch, long Next)? _head;
    private long _next;
    private bool _full;
    private long? _refused;
    private int _damaged;

    /// <summary>Whether it takes more.</summary>
    public SpoolState State => options.SpoolFolder is null ? SpoolState.Broken
        : _full ? SpoolState.Full
        : _refused is { } at && options.Clock.GetElapsedTime(at) < Pause ? SpoolState.Broken
        : SpoolState.Open;

    /// <summary>Adds batches and returns how many it took; <see cref="State"/> says why not all.</summary>
    public int Append(IReadOnlyList<LogMetrics> batches)
    {
        if (State is not SpoolState.Open) return 0;
        try
        {
            var records = new List<byte[]>(batches.Count);
            var room = options.SpoolLimitBytes - (_file?.Length ?? 0);
            foreach (var record in batches.Select(SpoolFile.Encode))
            {
                room -= record.Length;
                // Full until the file has been sent and deleted.
                if (_full = room < 0) break;
                records.Add(record);
            }

            if (records.Count == 0) return 0;
            if (_file is null)
            {
                _file = SpoolFile.Create(options.SpoolFolder!, SpoolHeader.Of(options.Api, project, run));
                _next = _file.First;
            }

            _file.Append(records);
            return records.Count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _refused = options.Clock.GetTimestamp();
            return 0;
        }
    }

    /// <summary>The batch that is to be sent next; null when none waits here.</summary>
    public LogMetrics? Peek()
    {
        while (_head is null && _file?.Read(_next) is { } record)
        {
            if (SpoolScan.BatchOf(record) is { } batch) _head = (batch, record.Next);
            else
            {
                if (record.Kind is not SpoolRecordKind.Done) _damaged++;
                _next = record.Next;
            }
        }

        if (_head is { } head) return head.Batch;
        _file?.Delete();
        (_file, _full) = (null, false);
        return null;
    }

    /// <summary>Leaves out the batch that was to be sent next, for ever.</summary>
    public void Done(LogMetrics batch)
    {
        // Otherwise its record was damaged, and is passed over already.
        if (Peek()?.BatchId != batch.BatchId) return;
        _file!.MarkDone(batch.BatchId!.Value);
        _next = _head!.Value.Next;
        _head = null;
        Peek();
    }

    /// <summary>How many batches could not be read back since the last call.</summary>
    public int TakeDamaged() => Interlocked.Exchange(ref _damaged, 0);
}
