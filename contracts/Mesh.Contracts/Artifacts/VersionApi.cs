namespace Mesh.Contracts.Artifacts;

/// <summary>How long a version of an artifact is kept.</summary>
public enum RetentionClass
{
    /// <summary>Until somebody deletes it.</summary>
    Keep,

    /// <summary>Until a time.</summary>
    Temporary,
}

/// <summary>What becomes of the bytes of a version that is deleted.</summary>
public enum DeletionStrategy
{
    /// <summary>They go, unless something else refers to them.</summary>
    WithData,

    /// <summary>They stay.</summary>
    MetadataOnly,
}

/// <summary>The retention of a version: <c>keep</c>, or <c>temporary</c> with either the time at which it goes or the days until then.</summary>
public sealed record VersionRetention(RetentionClass Class, DateTimeOffset? ExpiresAt = null, int? Days = null) : IChecked
{
    private const int MostDays = 3650;

    public void Check(Faults faults) => Check(faults, "");

    internal void Check(Faults faults, string place)
    {
        var prefix = place.Length == 0 ? "" : $"{place}.";
        faults.Require(Enum.IsDefined(Class), $"{prefix}class", $"must be one of {EnumNames.List<RetentionClass>()}.");
        faults.Require(Days is null or (>= 1 and <= MostDays), $"{prefix}days", $"must be 1 to {MostDays}.");
        if (Class is RetentionClass.Keep) faults.Require(ExpiresAt is null && Days is null, $"{prefix}expiresAt", "must not be given for what is kept.");
        else faults.Require(ExpiresAt is null != Days is null, $"{prefix}expiresAt", "must be given for what is temporary, or days instead.");
    }
}

/// <summary><c>PUT …/artifacts/{key}/tags/{tag}</c>: points a tag to a version.</summary>
/// <param name="Expected">The version at which the tag was seen, 0 for nowhere: moves it only from there.</param>
public sealed record MoveTag(int Version, int? Expected = null) : IChecked
{
    public void Check(Faults faults) => faults.Require(Version >= 1, "version", "must be 1 or more.");
}
