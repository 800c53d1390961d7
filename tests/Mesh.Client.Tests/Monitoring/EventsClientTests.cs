using Mesh.Contracts.Monitoring;
using Mesh.Contracts.Tracking;

namespace Mesh.Client.Tests.Monitoring;

public sealed class EventsClientTests(ClientMesh fixture)
{
    [Fact]
    public async Task A_subscription_outlives_its_connection_and_misses_nothing()
    {
        var cutter = new Cutter();
        using var mesh = fixture.NewProject(cutter);
        var seen = new List<JournalEntry>();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var reading = Task.Run(async () =>
        {
            await foreach (var entry in mesh.Project().Events.SubscribeAsync("run.*", after: 0, ct: stop.Token))
            {
                seen.Add(entry);
                if (seen.Count == 30) return;
            }
        });
        for (var i = 0; i < 10; i++)
        {
            await using var run = await RunContext.StartAsync(mesh, $"r{i}", ct: stop.Token);
            if (i % 3 == 1) cutter.Cut();
        }

        await reading;
        cutter.Connections.ShouldBeGreaterThan(1);
        seen.Select(e => e.Position).ShouldBe(seen.Select(e => e.Position).Distinct().Order());
        seen.GroupBy(e => e.Event.Subject).Count().ShouldBe(10);
        foreach (var run in seen.GroupBy(e => e.Event.Subject))
            run.Select(e => e.Event.Type).ShouldBe(["run.created", "run.started", "run.completed"]);
        seen[0].Event.DataAs<RunCreated>().Name.ShouldBe("r0");

        var listed = await mesh.Project().Events.ListAsync("run.completed").ToListAsync();
        listed.Count.ShouldBe(10);
        (await mesh.Project().Events.ListAsync("run.*", after: seen[^2].Position).SingleAsync()).Position.ShouldBe(seen[^1].Position);
    }

    [Fact]
    public async Task A_subscription_that_is_cut_before_its_first_event_misses_none()
    {
        var cutter = new Cutter();
        using var mesh = fixture.NewProject(cutter);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var events = mesh.Project().Events.SubscribeAsync("run.created", ct: stop.Token).GetAsyncEnumerator(stop.Token);
        var first = events.MoveNextAsync();
        await Testing.Eventually.Holds(() => cutter.BytesRead.ShouldBeGreaterThan(0));
        cutter.Hold();
        cutter.Cut();
        var run = await mesh.Project().Runs.CreateAsync(new CreateRun("in between"), stop.Token);
        // In the journal before the reader is back.
        await Testing.Eventually.Holds(async () => await mesh.Project().Events.ListAsync("run.created", ct: stop.Token).AnyAsync(stop.Token));
        cutter.Release();
        (await first).ShouldBeTrue();
        events.Current.Event.Subject.ShouldContain($"{run.Id}");
    }

    /// <summary>Cuts connections of event streams, as a proxy does that is restarted.</summary>
    private sealed class Cutter : DelegatingHandler
    {
        private readonly SemaphoreSlim _gate = new(1, 1);
        private CancellationTokenSource _cut = new();

        public int Connections { get; private set; }

        public int BytesRead { get; private set; }

        /// <summary>New connections wait.</summary>
        public void Hold() => _gate.Wait();

        public void Release() => _gate.Release();

        public void Cut() => Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Accept.Any(accept => accept.MediaType == "text/event-stream"))
            {
                await _gate.WaitAsync(cancellationToken);
                _gate.Release();
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (response.Content.Headers.ContentType?.MediaType != "text/event-stream") return response;
            Connections++;
            response.Content = new StreamContent(new Cuttable(await response.Content.ReadAsStreamAsync(cancellationToken), read => BytesRead += read, _cut.Token));
            return response;
        }
    }

    private sealed class Cuttable(Stream inner, Action<int> count, CancellationToken cut) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
            try
            {
                var read = await inner.ReadAsync(buffer, either.Token);
                count(read);
                return read;
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested)
            {
                throw new IOException("Connection reset by peer.");
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
