namespace Mesh.Cli.Tracking.Import;

/// <summary>Tags by which an import knows its runs again, and those of the protocol that it minds.</summary>
internal static class ImportTags
{
    /// <summary>The run's id at the source.</summary>
    public const string From = "mesh.imported-from";

    /// <summary>What the source said of the run when it was taken whole.</summary>
    public const string State = "mesh.imported-state";

    /// <summary>Of an experiment that is deleted when it has come over whole, as it was at the source.</summary>
    public const string Deleted = "mesh.imported-deleted";

    public const string RunName = "mlflow.runName";
    public const string Parent = "mlflow.parentRunId";

    /// <summary>Whether a tag belongs to an import and not to the run or experiment itself.</summary>
    public static bool IsOwn(string key) => key is From or State or Deleted;
}
