namespace Mesh.Artifacts.Blobs;

/// <summary>A store that projects may be given: section <c>Artifacts:Stores:{name}</c>. Either a folder or a bucket.</summary>
internal sealed class NamedStoreOptions
{
    /// <summary>Full path of the folder; shared by all replicas.</summary>
    public string? Folder { get; init; }

    /// <summary>The bucket.</summary>
    public S3.S3Options? S3 { get; init; }
}
