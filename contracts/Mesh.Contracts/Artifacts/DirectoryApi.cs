namespace Mesh.Contracts.Artifacts;

/// <summary>A file that a new directory has: its path, with slashes between folders, and the blob of the project that it is.</summary>
public sealed record NewDirectoryFile(string Path, string Digest);

/// <summary>A file of a directory.</summary>
public sealed record DirectoryFile(string Path, string Digest, long Size)
{
    /// <summary>The most files that a version has.</summary>
    public const int Most = 10_000;
}
