using Mesh.Contracts.Functions;
using Mesh.Functions.Queue;

namespace Mesh.Functions.Tests.Queue;

/// <summary>What the server is told of an attempt on its way, and what only with its end.</summary>
public sealed class AttemptProgressTests
{
    [Fact]
    public async Task What_is_over_within_a_moment_is_left_to_who_tells_the_end()
    {
        var told = false;
        await using var progress = new AttemptProgress(2, new StoppedClock(), _ =>
        {
            told = true;
            return Task.CompletedTask;
        });
        progress.Enter(AttemptState.Preparing);
        progress.Enter(AttemptState.Running);

        (await progress.EndAsync()).Select(a => (a.Attempt, a.State, a.Since is not null)).ShouldBe([(2, AttemptState.Preparing, true), (2, AttemptState.Running, true)]);
        told.ShouldBeFalse();
    }

    [Fact]
    public async Task What_lasts_is_told_when_the_moment_is_over_and_never_again()
    {
        var told = new TaskCompletionSource<AttemptState[]>();
        await using var progress = new AttemptProgress(1, TimeProvider.System, untold =>
        {
            told.SetResult([.. untold.Select(a => a.State)]);
            return Task.CompletedTask;
        });
        progress.Enter(AttemptState.Preparing);

        (await told.Task).ShouldBe([AttemptState.Preparing]);
        (await progress.EndAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_must_be_known_is_told_at_once_with_what_came_before()
    {
        var told = new List<AttemptState>();
        await using var progress = new AttemptProgress(1, new StoppedClock(), untold =>
        {
            told.AddRange(untold.Select(a => a.State));
            return Task.CompletedTask;
        });
        progress.Enter(AttemptState.Preparing);
        progress.Enter(AttemptState.Running);
        await progress.FlushAsync();

        told.ShouldBe([AttemptState.Preparing, AttemptState.Running]);
        (await progress.EndAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_entered_while_something_is_told_is_told_too()
    {
        TaskCompletionSource first = new(), go = new(), second = new();
        var told = new List<AttemptState>();
        await using var progress = new AttemptProgress(1, TimeProvider.System, async untold =>
        {
            told.AddRange(untold.Select(a => a.State));
            (told.Count == 1 ? first : second).SetResult();
            await go.Task;
        });
        progress.Enter(AttemptState.Preparing);
        await first.Task;
        progress.Enter(AttemptState.Running);
        go.SetResult();

        await second.Task;
        told.ShouldBe([AttemptState.Preparing, AttemptState.Running]);
        (await progress.EndAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_could_not_be_told_is_told_again_or_with_the_end()
    {
        var tried = new SemaphoreSlim(0);
        await using var progress = new AttemptProgress(1, TimeProvider.System, _ =>
        {
            tried.Release();
            throw new IOException("The database is away.");
        });
        progress.Enter(AttemptState.Preparing);
        await tried.WaitAsync(TestContext.Current.CancellationToken);
        await tried.WaitAsync(TestContext.Current.CancellationToken);

        (await progress.EndAsync()).ShouldHaveSingleItem().State.ShouldBe(AttemptState.Preparing);
        await Should.ThrowAsync<IOException>(progress.FlushAsync());
    }

    /// <summary>No timer of it ever fires.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
