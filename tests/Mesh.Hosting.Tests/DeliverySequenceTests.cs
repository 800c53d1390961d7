using Mesh.Hosting.Bus;

namespace Mesh.Hosting.Tests;

public sealed class DeliverySequenceTests
{
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Messages_begin_in_the_order_of_their_delivery_whatever_thread_takes_them()
    {
        var sequence = new DeliverySequence(Patient);
        var begun = new List<ulong>();
        var tags = Enumerable.Range(1, 500).Select(i => (ulong)i).ToArray();
        new Random(1).Shuffle(tags);
        await Task.WhenAll(tags.Select(tag => Task.Run(async () =>
        {
            await sequence.WaitAsync("a", tag, CancellationToken.None);
            begun.Add(tag);
            sequence.Begun("a", tag);
        })));
        begun.ShouldBe(tags.Order());
    }

    [Fact]
    public async Task A_message_that_never_comes_holds_the_others_up_once_and_leaves_them_in_order()
    {
        var sequence = new DeliverySequence(TimeSpan.FromMilliseconds(50));
        var begun = new List<ulong>();
        await Task.WhenAll(((ulong[])[5, 4, 3, 2, 7, 8]).Select(tag => Task.Run(async () =>
        {
            await sequence.WaitAsync("a", tag, CancellationToken.None);
            lock (begun) begun.Add(tag);
            sequence.Begun("a", tag);
        })));
        begun.ShouldBe([2UL, 3, 4, 5, 7, 8]);
    }

    [Fact]
    public async Task Another_channel_begins_anew_and_lets_the_old_one_go()
    {
        var sequence = new DeliverySequence(Patient);
        var old = sequence.WaitAsync("a", 9, CancellationToken.None);
        await sequence.WaitAsync("b", 1, CancellationToken.None);
        await old;
        sequence.Begun("a", 9);
        var second = sequence.WaitAsync("b", 2, CancellationToken.None);
        second.IsCompleted.ShouldBeFalse();
        sequence.Begun("b", 1);
        await second;
    }

    [Fact]
    public async Task A_wait_ends_with_the_process()
    {
        using var stopping = new CancellationTokenSource();
        var sequence = new DeliverySequence(Patient);
        var waiting = sequence.WaitAsync("a", 2, stopping.Token);
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await sequence.WaitAsync("a", 1, CancellationToken.None);
        sequence.Begun("a", 1);
    }
}
