namespace Mesh.Artifacts.Blobs;

/// <summary>
/// What keeps blobs alive: each concept that refers to blobs registers one. A project's blob that none of them names is garbage once its grace is over.
/// </summary>
/// <param name="Sql">A query of the columns <c>project</c> and <c>digest</c>, as text, of all blobs that are referred to.</param>
internal sealed record BlobRoots(string Sql);
