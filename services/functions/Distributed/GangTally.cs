namespace Mesh.Functions.Distributed;

/// <summary>Keeps count of the processes of a gang that have ended, until it is known how the gang has.</summary>
internal sealed class GangTally(GangPlan plan)
{
    private readonly Dictionary<GangReplica, int> _left = plan.Processes().GroupBy(process => process.Replica).ToDictionary(replica => replica.Key, replica => replica.Count());
    private readonly HashSet<GangReplica> _well = [];

    /// <summary>Who has failed, and how; null while nobody has.</summary>
    public (GangProcess Process, int ExitCode)? Failed { get; private set; }

    /// <summary>Whether it has ended: it has done its work, or one of it has failed.</summary>
    public bool IsOver => Failed is not null || plan.IsDone(_well);

    /// <summary>Takes the end of a process, in the order in which they have ended. What ends after the gang has does not count.</summary>
    public void Take(GangProcess process, int exitCode)
    {
        if (IsOver) return;
        if (exitCode != 0) Failed = (process, exitCode);
        else if (--_left[process.Replica] == 0) _well.Add(process.Replica);
    }
}
