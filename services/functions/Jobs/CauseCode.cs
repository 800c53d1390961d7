namespace Mesh.Functions.Jobs;

/// <summary>Why an attempt did not end well, for programs: each is stored and told as it is here.</summary>
public static class CauseCode
{
    public const string ExitCode = "exit-code";
    public const string Signal = "signal";
    public const string MemoryLimit = "memory-limit";
    public const string ProcessLimit = "process-limit";
    public const string DiskLimit = "disk-limit";
    public const string TimeOut = "time-out";
    public const string Deadline = "deadline";
    public const string Start = "start";
    public const string Lost = "lost";
    public const string Released = "released";
    public const string Aborted = "aborted";
    public const string Image = "image";
    public const string Unschedulable = "unschedulable";
    public const string Evicted = "evicted";
    public const string NodeLost = "node-lost";
    public const string Deleted = "deleted";

    /// <summary>Whether it took too long.</summary>
    public static bool IsTime(string? code) => code is TimeOut or Deadline;

    /// <summary>The code of an attempt: what its worker told, or what follows from its end.</summary>
    public static string? Of(Attempt attempt) => (attempt.End == AttemptEnd.Aborted ? null : attempt.Report?.Code) ?? attempt.End switch
    {
        AttemptEnd.None or AttemptEnd.Succeeded => null,
        AttemptEnd.Failed => attempt.ExitCode is null ? Start : ExitCode,
        AttemptEnd.TimedOut => TimeOut,
        AttemptEnd.LeaseLost => Lost,
        AttemptEnd.Released => Released,
        AttemptEnd.Aborted => Aborted,
        _ => throw new ArgumentOutOfRangeException(nameof(attempt)),
    };
}

/// <summary>Which limit of time an attempt exceeded.</summary>
public enum TimeLimit
{
    /// <summary>Of its preparation.</summary>
    Preparing,

    /// <summary>Of its process.</summary>
    Running,

    /// <summary>Of the whole job.</summary>
    Deadline,
}
