using Mesh.Contracts.Functions;

namespace Mesh.Functions.Code.Git;

/// <summary>What opens repositories, for who lays their code out.</summary>
internal interface IGitCredentials
{
    /// <summary>The value for an attempt; null where none is named.</summary>
    /// <exception cref="Queue.AttemptFailedException">There is no such secret any more.</exception>
    Task<string?> RevealAsync(string project, string jobId, GitSource source, CancellationToken ct);
}
