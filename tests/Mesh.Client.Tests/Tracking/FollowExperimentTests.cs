using Mesh.Contracts.Tracking;
using Mesh.Testing;

namespace Mesh.Client.Tests.Tracking;

/// <summary>The table of an experiment, followed through broken connections.</summary>
public sealed class FollowExperimentTests(ClientMesh fixture)
{
    [Fact]
    public async Task A_table_is_followed_through_broken_connections_to_the_end_of_its_experiment()
    {
        var line = new BreakableLine();
        using var mesh = fixture.NewProject(line);
        using var writer = fixture.ClientOf(mesh.Options.Project!);
        var runs = writer.Project(mesh.Options.Project!).Runs;
        var first = await runs.CreateAsync(new CreateRun("first", "wine"));
        await using var table = new Followed(mesh.Project(mesh.Options.Project!).Runs.Experiments.FollowAsync(first.ExperimentId, rows: 10));
        await table.HoldsAsync(first.Id, run => run.Status == RunStatus.Pending);

        for (var round = 1; round <= 3; round++)
        {
            line.Break();
            // Nobody hears of these as they happen.
            var meanwhile = await runs.CreateAsync(new CreateRun($"round {round}", "wine"));
            await runs.LogMetricsAsync(first.Id, new LogMetrics([new("loss", round, round)]));
            await Eventually.Holds(() => line.Refused.ShouldBeGreaterThan(0));
            line.Mend();
            await table.HoldsAsync(meanwhile.Id, run => run.Name == $"round {round}");
            await table.HoldsAsync(first.Id, run => run.Metrics["loss"].Last == round);
        }

        line.Asked[0].ShouldBe((null, "?rows=10"));
        line.Asked.Skip(1).ShouldAllBe(asked => asked.LastEventId != null && asked.Query == "");

        await runs.DeleteAsync(first.Id);
        await table.MissesAsync(first.Id);
        await runs.Experiments.DeleteAsync(first.ExperimentId);
        (await table.Ended.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeEmpty();
    }

    [Fact]
    public async Task There_is_no_table_of_an_unknown_experiment()
    {
        using var mesh = fixture.NewProject();
        (await Should.ThrowAsync<MeshException>(async () => await mesh.Project(mesh.Options.Project!).Runs.Experiments.FollowAsync(99).FirstAsync())).Code.ShouldBe("experiment.unknown");
    }

    /// <summary>Reads in the background and keeps the table.</summary>
    private sealed class Followed : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Lock _gate = new();
        private readonly Dictionary<Guid, RunInfo> _table = [];

        public Followed(IAsyncEnumerable<RunRows> events) => Ended = Task.Run(() => ReadAsync(events));

        /// <summary>What was in the table at the end.</summary>
        public Task<Dictionary<Guid, RunInfo>> Ended { get; }

        public Task HoldsAsync(Guid run, Func<RunInfo, bool> isSo) => Eventually.Holds(() =>
        {
            lock (_gate) (_table.TryGetValue(run, out var row) && isSo(row)).ShouldBeTrue();
        });

        public Task MissesAsync(Guid run) => Eventually.Holds(() =>
        {
            lock (_gate) _table.ShouldNotContainKey(run);
        });

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await ((Task)Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }

        private async Task<Dictionary<Guid, RunInfo>> ReadAsync(IAsyncEnumerable<RunRows> events)
        {
            await foreach (var rows in events.WithCancellation(_stop.Token))
            {
                lock (_gate)
                {
                    foreach (var run in rows.Changed) _table[run.Id] = run;
                    foreach (var run in rows.Gone) _table.Remove(run.Id);
                }
            }

            return _table;
        }
    }

    /// <summary>Cuts answers that are being read, and refuses requests until it is mended.</summary>
    private sealed class BreakableLine : DelegatingHandler
    {
        private CancellationTokenSource _break = new();

        public List<(string? LastEventId, string Query)> Asked { get; } = [];

        public int Refused { get; private set; }

        public void Break() => _break.Cancel();

        public void Mend() => (_break, Refused) = (new CancellationTokenSource(), 0);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var broken = _break.Token;
            if (broken.IsCancellationRequested)
            {
                Refused++;
                throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
            }

            Asked.Add((request.Headers.TryGetValues("Last-Event-ID", out var ids) ? ids.Single() : null, request.RequestUri!.Query));
            var response = await base.SendAsync(request, cancellationToken);
            var content = new StreamContent(new CutStream(await response.Content.ReadAsStreamAsync(cancellationToken), broken));
            content.Headers.ContentType = response.Content.Headers.ContentType;
            response.Content = content;
            return response;
        }
    }

    private sealed class CutStream(Stream inner, CancellationToken broken) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, broken);
            try
            {
                return await inner.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException) when (broken.IsCancellationRequested)
            {
                throw new IOException("Connection reset by peer.");
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
