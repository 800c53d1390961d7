using Mesh.Client.Tests.Connection;
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
}
