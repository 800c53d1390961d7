namespace Mesh.Projects.Secrets;

/// <summary>The value of a secret as it rests: encrypted. A document per secret, tenant = project.</summary>
public sealed record StoredSecret
{
    /// <summary>Name of the secret.</summary>
    public required string Id { get; init; }

    /// <summary>Which key it is encrypted with, so that a wrong key is told from a damaged value.</summary>
    public required string KeyId { get; init; }

    /// <summary>12 bytes.</summary>
    public required byte[] Nonce { get; init; }

    public required byte[] Ciphertext { get; init; }

    /// <summary>16 bytes.</summary>
    public required byte[] Tag { get; init; }
}
