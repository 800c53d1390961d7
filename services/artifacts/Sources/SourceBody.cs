namespace Mesh.Artifacts.Sources;

/// <summary>What was seen of the bytes at an address, without reading them.</summary>
/// <param name="Size">How many there are.</param>
/// <param name="ETag">What the server calls this state of them.</param>
/// <param name="LastModified">When they were changed last.</param>
/// <param name="ContentType">What they are said to be.</param>
internal sealed record SourceState(long Size, string? ETag, DateTimeOffset? LastModified, string? ContentType = null)
{
    /// <summary>Whether it is the state that was seen before. Who gives an ETag is believed in that; a time is coarser.</summary>
    public bool IsStill(SourceState before) =>
        Size == before.Size && (before.ETag is not null ? ETag == before.ETag : LastModified == before.LastModified);
}

/// <summary>Bytes of a source from some place on, as they come.</summary>
/// <param name="state">The state they are of.</param>
/// <param name="content">The bytes.</param>
/// <param name="owner">What is disposed of with them.</param>
internal sealed class SourceBody(SourceState state, Stream content, IDisposable owner) : IDisposable
{
    public SourceState State { get; } = state;

    public Stream Content { get; } = content;

    /// <summary>Asks for the state once more, where bytes can change while they are read.</summary>
    public Func<SourceState>? Again { get; init; }

    public void Dispose()
    {
        Content.Dispose();
        owner.Dispose();
    }
}
