using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;
using Mesh.Hosting.Store;
using Mesh.Testing;
using Mesh.Tracking.Logs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Tracking.Tests.Logs;

public sealed class LogFollowTests(TrackingFixture tracking)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Text_comes_live_until_the_run_has_ended()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.PostTextAsync($"/runs/{run.Id}/logs", "before\n");
        await using var follower = await Follower.StartAsync(ada, run.Id);
        (await follower.NextAsync()).Text.ShouldBe("before\n");
        await ada.PostTextAsync($"/runs/{run.Id}/logs", "live\n");
        (await follower.NextAsync()).ShouldBe(new LogChunk(7, 12, "live\n", false));
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        var end = await follower.NextAsync();
        end.ShouldBe(new LogChunk(12, 12, "", true));
        await follower.EndsAsync();
        follower.Types.ShouldBe(["log", "log", "end"]);
        follower.Ids.ShouldBe(["7", "12", "12"]);
    }

    [Fact]
    public async Task A_follower_goes_on_where_it_was()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        await ada.PostTextAsync($"/runs/{run.Id}/logs", "one\ntwo\n");
        await using (var follower = await Follower.StartAsync(ada, run.Id, ("Last-Event-ID", "4"))) (await follower.NextAsync()).Text.ShouldBe("two\n");
        await ada.PostAsync($"/runs/{run.Id}/fail", new FailRun("boom"));
        await using (var follower = await Follower.StartAsync(ada, run.Id))
        {
            (await follower.NextAsync()).ShouldBe(new LogChunk(0, 8, "one\ntwo\n", true));
            await follower.EndsAsync();
        }

        // Nothing more will come: the answer that stops a browser from asking again.
        var again = await ada.SendAsync(HttpMethod.Get, $"/runs/{run.Id}/logs?follow=true", null, ("Last-Event-ID", "8"));
        again.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_long_log_comes_in_pieces_and_whole()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        var text = string.Concat(Enumerable.Range(0, 9_000).Select(i => $"Zeile {i:00000} ✓\n"));
        await ada.PostTextAsync($"/runs/{run.Id}/logs", text);
        await ada.PostAsync($"/runs/{run.Id}/complete", new CompleteRun());
        await using var follower = await Follower.StartAsync(ada, run.Id);
        var received = "";
        LogChunk chunk;
        do
        {
            chunk = await follower.NextAsync();
            received += chunk.Text;
        }
        while (!chunk.Complete);
        received.ShouldBe(text);
    }

    [Fact]
    public async Task Text_that_another_replica_stores_wakes_the_followers_of_this_one()
    {
        var ada = tracking.NewProject();
        var run = await ada.StartedAsync();
        using var elsewhere = new LogSignal(Database, NullLogger<LogSignal>.Instance);
        var replica = new LogStore(Database, Options.Create(new TrackingOptions()), elsewhere, TimeProvider.System);
        using var waiting = tracking.Host.Service<LogSignal>().Follow(ada.Project, run.Id);
        await using var follower = await Follower.StartAsync(ada, run.Id);

        // The listener wakes everybody once when it begins.
        await waiting.WaitAsync(Soon, default);
        await replica.AppendAsync(ada.Project, run.Id, 1, 0, "hello\n"u8.ToArray(), default);
        var waited = Stopwatch.StartNew();
        await waiting.WaitAsync(Soon, default);
        waited.Elapsed.ShouldBeLessThan(Soon / 2);
        (await follower.NextAsync()).Text.ShouldBe("hello\n");
    }

    [Fact]
    public async Task A_stopping_service_lets_its_followers_go()
    {
        var server = await PostgresFixture.ServerConnectionStringAsync();
        var host = await ServiceHost.StartAsync(server, [new TrackingService()]);
        var ada = new ProjectUser(host, "p", host.ClientFor("ada", Role.Editor, "p"));
        var run = await ada.StartedAsync();
        await using var follower = await Follower.StartAsync(ada, run.Id);
        var lifetime = host.Service<IHostApplicationLifetime>();
        lifetime.StopApplication();
        await follower.EndsAsync();
        await host.DisposeAsync();
        await ServiceHost.DropAsync(server, host.Options.Database!);
    }

    private ServiceDatabase<ITrackingStore> Database => tracking.Host.Service<ServiceDatabase<ITrackingStore>>();

    private sealed class Follower : IAsyncDisposable
    {
        private readonly HttpResponseMessage _response;
        private readonly Channel<LogChunk> _chunks = Channel.CreateUnbounded<LogChunk>();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _reading;

        private Follower(HttpResponseMessage response)
        {
            _response = response;
            _reading = Task.Run(ReadAsync);
        }

        public List<string> Types { get; } = [];

        public List<string?> Ids { get; } = [];

        public static async Task<Follower> StartAsync(ProjectUser user, Guid run, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{user.Base}/runs/{run}/logs?follow=true");
            foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
            var response = await user.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
            return new Follower(response);
        }

        public async Task<LogChunk> NextAsync() => await _chunks.Reader.ReadAsync().AsTask().WaitAsync(Soon);

        public async Task EndsAsync() => await _reading.WaitAsync(Soon);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _response.Dispose();
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }

        private async Task ReadAsync()
        {
            try
            {
                await using var stream = await _response.Content.ReadAsStreamAsync(_stop.Token);
                await foreach (var item in SseParser.Create(stream).EnumerateAsync(_stop.Token))
                {
                    Types.Add(item.EventType);
                    Ids.Add(item.EventId);
                    _chunks.Writer.TryWrite(JsonSerializer.Deserialize<LogChunk>(item.Data, MeshJson.Strict)!);
                }
            }
            catch (HttpIOException)
            {
                // A stopping server may cut the stream.
            }
        }
    }
}
