namespace Mesh.Contracts.Tracking;

/// <summary>
/// Event <c>runs</c> of <c>GET …/experiments/{id}/stream</c>: rows of the experiment's table that changed, as they are now. A row that is gone may be one that
/// was never shown, and a row may come again as it was.
/// </summary>
/// <param name="Changed">Runs in sight, as lists have them but without <see cref="RunInfo.Environment"/>.</param>
/// <param name="Gone">Runs that are out of sight.</param>
public sealed record RunRows(IReadOnlyList<RunInfo> Changed, IReadOnlyList<GoneRun> Gone);

/// <summary>A run that left the table of its experiment.</summary>
/// <param name="Purged">Whether it is gone for good; it comes back when restored otherwise.</param>
public sealed record GoneRun(Guid Id, bool Purged);
