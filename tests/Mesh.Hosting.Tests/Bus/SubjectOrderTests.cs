using Mesh.Hosting.Bus;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>What concerns one subject goes one after the other; subjects go side by side.</summary>
public sealed class SubjectOrderTests
{
    private readonly SubjectOrder _order = new();
    private readonly List<string> _begun = [];

    [Fact]
    public async Task A_subject_waits_for_what_came_before_it_and_for_nothing_else()
    {
        TaskCompletionSource first = new(), second = new(), other = new();
        var runs = new[] { RunAsync("a", "1", first.Task), RunAsync("a", "2", second.Task), RunAsync("b", "3", other.Task) };
        _begun.ShouldBe(["1", "3"]);

        other.SetResult();
        await runs[2];
        _begun.ShouldBe(["1", "3"]);
        first.SetResult();
        await runs[0];
        second.SetResult();
        await runs[1];
        _begun.ShouldBe(["1", "3", "2"]);
    }

    [Fact]
    public async Task What_comes_behind_one_that_was_not_done_is_not_begun()
    {
        using var stop = new CancellationTokenSource();
        var first = RunAsync("a", "1", Task.Delay(Timeout.Infinite, stop.Token));
        var second = RunAsync("a", "2", Task.CompletedTask);
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(first);
        await Should.ThrowAsync<OperationCanceledException>(second);
        _begun.ShouldBe(["1"]);

        await RunAsync("a", "1 again", Task.CompletedTask);
        _begun.ShouldBe(["1", "1 again"]);
    }

    private Task RunAsync(string subject, string what, Task until) => _order.RunAsync("demo", subject, () =>
    {
        _begun.Add(what);
        return until;
    });
}
