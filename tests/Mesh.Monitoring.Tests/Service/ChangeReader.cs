using System.Net.ServerSentEvents;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>One who looks at something, and hears when it changes.</summary>
public sealed class ChangeReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _answer;
    private readonly Stream _stream;
    private readonly IAsyncEnumerator<SseItem<string>> _items;
    private readonly CancellationTokenSource _ending = new();

    private ChangeReader(HttpResponseMessage answer, Stream stream)
    {
        (_answer, _stream) = (answer, stream);
        _items = SseParser.Create(stream).EnumerateAsync(_ending.Token).GetAsyncEnumerator(_ending.Token);
    }

    /// <summary>Begins to look. Returns when everything has been told once, as it is at the beginning.</summary>
    public static async Task<ChangeReader> OpenAsync(HttpClient client, string path, params ChangeKind[] kinds)
    {
        var answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var reader = new ChangeReader(answer, await answer.Content.ReadAsStreamAsync());
        foreach (var kind in kinds) (await reader.NextAsync()).ShouldBe(kind);
        return reader;
    }

    /// <summary>What changes next; null when the stream ends.</summary>
    public async Task<ChangeKind?> NextAsync()
    {
        _ending.CancelAfter(Patience);
        if (!await _items.MoveNextAsync()) return null;
        var item = _items.Current;
        JsonSerializer.Deserialize<Changed>(item.Data, MeshJson.Strict)!.At.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        return EnumNames.TryParse<ChangeKind>(item.EventType, out var kind) ? kind : throw new InvalidOperationException(item.EventType);
    }

    /// <summary>Hears of changes until one is of this kind.</summary>
    public async Task HearAsync(ChangeKind kind)
    {
        while (await NextAsync() is var heard && heard != kind) heard.ShouldNotBeNull();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _answer.Dispose();
        await _stream.DisposeAsync();
        _ending.Dispose();
    }
}
