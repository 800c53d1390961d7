using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Sources;

/// <summary>Reads what is at addresses of one kind.</summary>
internal interface ISourceKind
{
    /// <summary>What its addresses begin with.</summary>
    IReadOnlyList<string> Schemes { get; }

    /// <summary>The refusal of an address that is not well formed, or that nobody here may read; null for one that can be tried.</summary>
    Rejection? Check(string address);

    /// <summary>Begins to read.</summary>
    /// <param name="from">The first byte that is wanted; where it is the end or more, there may be none.</param>
    /// <exception cref="Mesh.Hosting.Http.RejectedException">It is not there, does not answer, may not be read, or has become shorter.</exception>
    Task<SourceBody> OpenAsync(string address, long from, CancellationToken ct);
}
