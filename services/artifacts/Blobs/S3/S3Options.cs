namespace Mesh.Artifacts.Blobs.S3;

/// <summary>Where blobs are kept in an S3 store: section <c>Artifacts:S3</c>. Absent: in a folder.</summary>
internal sealed class S3Options
{
    /// <summary>Address of the service; Amazon's own in <see cref="Region"/> when absent.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The bucket; it has to be there.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>What the keys begin with; empty or ending with a slash.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Id of the access key; the machine's own identity when absent.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret of the access key.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Whether the bucket stands in the path, not in the host name, as most servers but Amazon's want it.</summary>
    public bool ForcePathStyle { get; init; } = true;

    /// <summary>The same with a longer prefix.</summary>
    internal S3Options Below(string prefix) => new()
    {
        Endpoint = Endpoint,
        Bucket = Bucket,
        Prefix = Prefix + prefix,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
        Region = Region,
        ForcePathStyle = ForcePathStyle,
    };
}
