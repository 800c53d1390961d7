using System.Collections.Concurrent;
using Mesh.Client;
using Mesh.Contracts.Monitoring;

namespace Mesh.EndToEnd.Tests.Load;

/// <summary>Reads all that happens as Server-Sent Events, from the beginning of the journal, and resumes a stream that broke by its <c>Last-Event-ID</c>.</summary>
public sealed class JournalReader : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<JournalEntry> _entries = new();
    private readonly Task _reading;

    public JournalReader(MeshClient mesh) => _reading = ReadAsync(mesh);

    /// <summary>What came, in its order.</summary>
    public IReadOnlyCollection<JournalEntry> Entries => _entries;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading;
        _stopping.Dispose();
    }

    private async Task ReadAsync(MeshClient mesh)
    {
        try
        {
            await foreach (var entry in mesh.Events.SubscribeAsync(after: 0, ct: _stopping.Token)) _entries.Enqueue(entry);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }
}
