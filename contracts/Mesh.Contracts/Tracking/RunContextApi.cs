namespace Mesh.Contracts.Tracking;

/// <summary>Where the code of a run came from.</summary>
/// <param name="Command">As it was typed.</param>
/// <param name="EntryPoint">The file or function that was started.</param>
/// <param name="GitUrl">Address of the repository.</param>
/// <param name="GitCommit">The commit that was checked out.</param>
/// <param name="GitDirty">Whether files differed from that commit.</param>
public sealed record RunSource(string? Command = null, string? EntryPoint = null, string? GitUrl = null, string? GitCommit = null, bool? GitDirty = null)
{
    internal void Check(Faults faults, string field)
    {
        faults.Text(Command, $"{field}.command", 5000);
        faults.Text(EntryPoint, $"{field}.entryPoint", 1000);
        faults.Text(GitUrl, $"{field}.gitUrl", 1000);
        faults.Text(GitCommit, $"{field}.gitCommit", 100);
    }
}

/// <summary>What a run ran on.</summary>
/// <param name="Host">Name of the machine.</param>
/// <param name="Platform">Operating system and architecture.</param>
/// <param name="Runtime">Language and version.</param>
/// <param name="Packages">Versions by package, at most 1,000.</param>
/// <param name="Cpus">Logical processors.</param>
/// <param name="MemoryBytes">Memory of the machine, in bytes.</param>
/// <param name="Gpus">Names of the graphics processors.</param>
public sealed record RunEnvironment(
    string? Host = null, string? Platform = null, string? Runtime = null, Dictionary<string, string>? Packages = null, int? Cpus = null, long? MemoryBytes = null,
    IReadOnlyList<string>? Gpus = null)
{
    /// <inheritdoc />
    public bool Equals(RunEnvironment? other) =>
        other is not null && Host == other.Host && Platform == other.Platform && Runtime == other.Runtime && Cpus == other.Cpus && MemoryBytes == other.MemoryBytes
        && (Gpus ?? []).SequenceEqual(other.Gpus ?? [])
        && (Packages ?? []).OrderBy(p => p.Key, StringComparer.Ordinal).SequenceEqual((other.Packages ?? []).OrderBy(p => p.Key, StringComparer.Ordinal));

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Host, Platform, Runtime, Cpus, MemoryBytes, Packages?.Count, Gpus?.Count);

    internal void Check(Faults faults, string field)
    {
        faults.Text(Host, $"{field}.host", 250);
        faults.Text(Platform, $"{field}.platform", 250);
        faults.Text(Runtime, $"{field}.runtime", 250);
        faults.Require(Cpus is null or (> 0 and <= 100_000), $"{field}.cpus", "must be 1 to 100,000.");
        faults.Require(MemoryBytes is null or > 0, $"{field}.memoryBytes", "must be positive.");
        faults.Count(Gpus?.Count ?? 0, $"{field}.gpus", 64);
        for (var i = 0; i < (Gpus?.Count ?? 0); i++) faults.Value(Gpus![i], $"{field}.gpus[{i}]", 250);
        faults.Count(Packages?.Count ?? 0, $"{field}.packages", 1000);
        foreach (var (name, version) in Packages ?? [])
        {
            faults.Text(name, $"{field}.packages.{name}", 250);
            faults.Value(version, $"{field}.packages.{name}", 250);
        }
    }
}

/// <summary><c>POST …/runs/{id}/context</c>: what is null stays as it was.</summary>
public sealed record DescribeRunContext(RunSource? Source = null, RunEnvironment? Environment = null) : IChecked
{
    public void Check(Faults faults)
    {
        Source?.Check(faults, "source");
        Environment?.Check(faults, "environment");
    }
}

/// <summary>A data set that a run read.</summary>
/// <param name="Digest">Tells versions of one name apart.</param>
/// <param name="Context">What for, such as <c>training</c>.</param>
/// <param name="Address">Its <c>mesh://</c> address, if its source is one.</param>
public sealed record DatasetRef(string Name, string Digest, string? Context = null, string? Address = null)
{
    /// <summary>Whether both are of one data set and version.</summary>
    public bool IsSame(DatasetRef other) => Name == other.Name && Digest == other.Digest;
}

/// <summary>A model that a run made.</summary>
/// <param name="ModelId">Id of the logged model.</param>
/// <param name="Step">The step at which it was made.</param>
public sealed record ModelOutput(string ModelId, long Step = 0);

/// <summary>An artifact that was logged for a run.</summary>
public sealed record LinkedArtifact(string Key, string Kind, int Version);
