using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;
using Mesh.Contracts;
using Mesh.Contracts.Events;

namespace Mesh.Monitoring.Tests.Service;

/// <summary>A subscriber to the event stream, as a browser or a script would be one.</summary>
public sealed class EventFeedReader : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly HttpResponseMessage _answer;
    private readonly Channel<(long Position, MeshEvent Event)> _read = Channel.CreateUnbounded<(long, MeshEvent)>();
    private readonly Task _reading;

    private EventFeedReader(HttpResponseMessage answer)
    {
        _answer = answer;
        _reading = Task.Run(ReadAllAsync);
    }

    /// <summary>Subscribes. Returns when the server has answered.</summary>
    public static async Task<EventFeedReader> OpenAsync(HttpClient client, string query, long? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/events?{query}");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is { } id) request.Headers.Add("Last-Event-ID", id.ToString());
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new EventFeedReader(answer);
    }

    /// <summary>The next event; fails after half a minute without one.</summary>
    public async Task<(long Position, MeshEvent Event)> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _read.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next events.</summary>
    public async Task<IReadOnlyList<(long Position, MeshEvent Event)>> NextAsync(int count)
    {
        var events = new List<(long, MeshEvent)>();
        while (events.Count < count) events.Add(await NextAsync());
        return events;
    }

    /// <summary>Whether something has come that nobody asked for.</summary>
    public bool HasMore => _read.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _answer.Dispose();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task ReadAllAsync()
    {
        try
        {
            await using var stream = await _answer.Content.ReadAsStreamAsync(_ending.Token);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(_ending.Token))
            {
                var e = JsonSerializer.Deserialize<MeshEvent>(item.Data, MeshJson.Tolerant)!;
                item.EventType.ShouldBe(e.Type);
                await _read.Writer.WriteAsync((long.Parse(item.EventId!), e));
            }

            _read.Writer.Complete();
        }
        catch (Exception fault)
        {
            _read.Writer.Complete(fault);
        }
    }
}
