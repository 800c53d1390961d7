namespace Mesh.Contracts.Artifacts;

/// <summary>What is in a folder of a project's files.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Size">Bytes of a file; null for a folder.</param>
public sealed record FileEntry(string Name, bool IsFolder, long? Size);

/// <summary><c>GET /internal/projects/{project}/files</c>, for other services.</summary>
/// <param name="Next">The name to go on behind, null at the end.</param>
public sealed record FileListing(IReadOnlyList<FileEntry> Entries, string? Next);
