namespace Mesh.Tracking.Retention;

/// <summary>What a project keeps of its deleted runs. One document per project; without one nothing is purged by itself.</summary>
public sealed record RetentionPolicy
{
    /// <summary>The id of the one document that a project has.</summary>
    internal const string Only = "retention";

    /// <summary>Always the same.</summary>
    public string Id { get; init; } = Only;

    /// <summary>Days after which a deleted run is purged; null: never.</summary>
    public int? PurgeDeletedAfterDays { get; init; }

    /// <summary>Who set it.</summary>
    public string SetBy { get; init; } = "";

    /// <summary>When it was set.</summary>
    public DateTimeOffset SetAt { get; init; }
}
