using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Mesh.Client.Tests.Connection;

/// <summary>Where a subscription goes on, by what had arrived when its connection broke.</summary>
public sealed class EventStreamTests
{
    private const string Event = """{"specversion":"1.0","id":"01980000-0000-7000-8000-000000000000","source":"/mesh","type":"run.created","subject":"run/1","time":"2026-01-01T00:00:00Z","project":"p","streamversion":1,"data":{}}""";

    [Fact]
    public async Task It_goes_on_behind_the_last_id_whose_block_was_whole()
    {
        var mesh = new ScriptedMesh(
            "retry: 1000\nid: 41\n\n",
            $"id: 42\nevent: run.created\ndata: {Event}\n\nid: 43\nevent: run.created\ndata: {{\"spec",
            ": at 50\r\nid: 50\r\n\r\n",
            $"data: {new string('x', 500)}\nid: 51\n",
            $"id: 52\nevent: run.created\ndata: {Event}\n\n");
        (await mesh.ReadAsync(2)).ShouldBe([42L, 52L]);
        mesh.Asked.ShouldBe([(null, "?types=run.%2A"), ("41", "?types=run.%2A"), ("42", "?types=run.%2A"), ("50", "?types=run.%2A"), ("50", "?types=run.%2A")]);
    }

    [Fact]
    public async Task An_id_may_be_as_long_as_a_position_of_very_many_metrics()
    {
        var (first, second) = (new string('a', 128), new string('b', 24_000));
        var mesh = new ScriptedMesh($"id: {first}\n\n", $"id: {second}\n\n", $"id: {new string('c', 40_000)}\n\n", $"id: 52\nevent: run.created\ndata: {Event}\n\n");
        (await mesh.ReadAsync(1)).ShouldBe([52L]);
        mesh.Asked.Select(asked => asked.LastEventId).ShouldBe([null, first, second, second]);
    }

    [Fact]
    public async Task Once_it_stood_it_is_made_again_however_long_the_mesh_is_away()
    {
        var mesh = new ScriptedMesh(
            "id: 7\n\n", HttpStatusCode.BadGateway, null, HttpStatusCode.ServiceUnavailable, null, $"id: 8\nevent: run.created\ndata: {Event}\n\n", HttpStatusCode.Unauthorized);
        (await mesh.ReadAsync(1)).ShouldBe([8L]);
        mesh.Asked.Select(a => a.LastEventId).ShouldBe([null, "7", "7", "7", "7", "7"]);
    }

    [Fact]
    public async Task A_refusal_ends_it_and_so_does_a_mesh_that_is_not_there_to_begin_with()
    {
        (await Should.ThrowAsync<MeshException>(() => new ScriptedMesh("id: 7\n\n", HttpStatusCode.Unauthorized).ReadAsync(1))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await Should.ThrowAsync<MeshException>(() => new ScriptedMesh(null, "id: 7\n\n").ReadAsync(1))).Code.ShouldBe("connection.failed");
    }

    /// <summary>Answers each connection as it is told: with a text that breaks off at its end, with a status, or, for null, not at all.</summary>
    private sealed class ScriptedMesh(params object?[] answers) : HttpMessageHandler
    {
        public List<(string? LastEventId, string Query)> Asked { get; } = [];

        public async Task<List<long>> ReadAsync(int count)
        {
            using var http = new HttpClient(this, disposeHandler: false);
            using var mesh = new MeshClient(ClientMesh.Impatient, http);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            return await mesh.Events.SubscribeAsync("run.*", ct: patience.Token).Take(count).Select(entry => entry.Position).ToListAsync(patience.Token);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = answers[Asked.Count];
            Asked.Add((request.Headers.TryGetValues("Last-Event-ID", out var ids) ? ids.Single() : null, request.RequestUri!.Query));
            return answer switch
            {
                HttpStatusCode status => Task.FromResult(new HttpResponseMessage(status) { RequestMessage = request }),
                string text => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
                {
                    Content = new StreamContent(new BreaksOff(Encoding.UTF8.GetBytes(text))) { Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") } },
                }),
                _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"),
            };
        }
    }

    /// <summary>Gives some bytes, and then the connection is gone.</summary>
    private sealed class BreaksOff(byte[] bytes) : MemoryStream(bytes)
    {
        // In small pieces, as a network may.
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("Connection reset by peer.") : base.ReadAsync(buffer[..Math.Min(buffer.Length, 7)], cancellationToken);
    }
}
