namespace Mesh.Contracts.Tracking;

/// <summary>What a project keeps of its deleted runs: <c>GET …/retention</c>.</summary>
/// <param name="PurgeDeletedAfterDays">Days after which a deleted run is purged; null: never.</param>
/// <param name="SetBy">Who said so; null when nobody has yet.</param>
public sealed record RetentionInfo(int? PurgeDeletedAfterDays, string? SetBy = null, DateTimeOffset? SetAt = null);

/// <summary><c>PUT …/retention</c></summary>
/// <param name="PurgeDeletedAfterDays">0 to 36,500 days after which a deleted run is purged; null: never.</param>
public sealed record SetRetention(int? PurgeDeletedAfterDays) : IChecked
{
    public void Check(Faults faults) => faults.Require(
        PurgeDeletedAfterDays is null or (>= 0 and <= 36_500), "purgeDeletedAfterDays", "must be 0 to 36,500 days, or null for never.");
}

/// <summary><c>POST …/runs/purge</c>: deleted runs by their ids, or all that were deleted before a moment.</summary>
/// <param name="Runs">1 to 1,000 ids.</param>
/// <param name="DeletedBefore">That moment.</param>
public sealed record PurgeRuns(IReadOnlyList<Guid>? Runs = null, DateTimeOffset? DeletedBefore = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Runs is null != DeletedBefore is null, "runs", "either 'runs' or 'deletedBefore' must be given, not both.");
        faults.Require(Runs is null or { Count: > 0 and <= 1000 }, "runs", "must hold 1 to 1,000 ids.");
    }
}

/// <summary>What was purged.</summary>
/// <param name="Runs">How many runs; with a dry run, how many there would be.</param>
/// <param name="Unknown">Ids of which there is no run, such as of those purged before.</param>
public sealed record PurgedRuns(long Runs, bool DryRun, IReadOnlyList<Guid> Unknown);
