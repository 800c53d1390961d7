namespace Mesh.Cli.Tracking.Import;

/// <summary>Something of a run that was not taken over.</summary>
/// <param name="Run">Its id at the source, or the name of an experiment.</param>
internal sealed record Untaken(string Run, string What, string Why);

/// <summary>What an import did, or with a dry run: would do.</summary>
internal sealed class ImportSummary
{
    public bool DryRun { get; init; }

    public int Experiments { get; set; }

    /// <summary>Runs that were not here before.</summary>
    public int Created { get; set; }

    /// <summary>Runs of an earlier import to which something was added, or which that one left unfinished.</summary>
    public int Continued { get; set; }

    /// <summary>Runs that were deleted here now, as they are at the source.</summary>
    public int Deleted { get; set; }

    /// <summary>Runs that an earlier import took whole.</summary>
    public int Unchanged { get; set; }

    public long Params { get; set; }

    /// <summary>Points that were written; with a dry run none are read.</summary>
    public long Points { get; set; }

    public long Inputs { get; set; }

    /// <summary>Logged models that were not here before, or not whole.</summary>
    public long Models { get; set; }

    /// <summary>Traces that were not here before, not whole, or have changed since.</summary>
    public long Traces { get; set; }

    public long Files { get; set; }

    public long Bytes { get; set; }

    public List<Untaken> Untaken { get; } = [];
}
