namespace Mesh.Cli;

/// <summary>Exit codes that scripts can rely on.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The mesh refused, or something went wrong on the way.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>No mesh answers at the address.</summary>
    public const int Unreachable = 3;

    /// <summary>What was waited for ended badly: a job failed or was aborted.</summary>
    public const int EndedBadly = 4;

    /// <summary>Interrupted by Ctrl+C.</summary>
    public const int Interrupted = 130;
}
