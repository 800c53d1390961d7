namespace Mesh.Client.Tracking;

/// <summary>Which files of <see cref="MeshClientOptions.SpoolFolder"/> are sent.</summary>
/// <param name="Project">Only of this project; of all when absent.</param>
/// <param name="DryRun">Only look: nothing is sent and no file is changed.</param>
/// <param name="Old">
/// Also those whose first batch was made more than 13 days ago. The mesh knows for 14 days which batches it has; of one that is older, and that was on its
/// way when its process ended, nobody can tell whether it has arrived: it may count twice.
/// </param>
public sealed record RecoverSpools(string? Project = null, bool DryRun = false, bool Old = false);

/// <summary>What became of a file with metrics that a process had left behind.</summary>
public enum SpoolOutcome
{
    /// <summary>All of it was sent, and it is deleted.</summary>
    Sent,

    /// <summary>It would be sent: this was a dry run.</summary>
    Waiting,

    /// <summary>The mesh refused some of it, for good: the file is kept with the ending <c>.refused</c>.</summary>
    Refused,

    /// <summary>Some of it could not be read, the rest was sent: the file is kept with the ending <c>.damaged</c>.</summary>
    Damaged,

    /// <summary>It is so old that a value might count twice: it stays as it is. See <see cref="RecoverSpools.Old"/>.</summary>
    Old,

    /// <summary>The caller may not log to its project, or it belongs to another user: it stays as it is.</summary>
    Denied,
}

/// <summary>A file with metrics that a process had left behind, and what became of it.</summary>
/// <param name="File">Where it was or, if it was kept under another name, is.</param>
/// <param name="Project">Its project; null where that could not be read.</param>
/// <param name="Run">Its run; null where that could not be read.</param>
/// <param name="Points">Values that were sent, or that wait.</param>
/// <param name="Refused">Values that were refused.</param>
/// <param name="Reason">Why not all of it was sent.</param>
public sealed record RecoveredSpool(string File, string? Project, Guid? Run, SpoolOutcome Outcome, long Points = 0, long Refused = 0, string? Reason = null);
