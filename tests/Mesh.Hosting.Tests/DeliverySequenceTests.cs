using Mesh.Hosting.Bus;

namespace Mesh.Hosting.Tests;

public sealed class DeliverySequenceTests
{
    private readonly DeliverySequence _sequence = new();

    [Fact]
    public async Task Messages_begin_in_the_order_of_their_delivery_whatever_thread_takes_them()
    {
        var begun = new List<ulong>();
        var tags = Enumerable.Range(1, 500).Select(i => (ulong)i).ToArray();
        new Random(1).Shuffle(tags);
        await Task.WhenAll(tags.Select(tag => Task.Run(async () =>
        {
            await _sequence.TurnAsync(tag);
            begun.Add(tag);
            _sequence.Pass(tag);
        })));
        begun.ShouldBe(tags.Order());
    }

    [Fact]
    public void However_late_the_one_before_comes_it_is_waited_for()
    {
        var third = _sequence.TurnAsync(3);
        _sequence.Pass(1);
        third.IsCompleted.ShouldBeFalse();
        _sequence.Pass(2);
        third.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void A_message_that_ended_before_its_turn_makes_nobody_wait()
    {
        _sequence.Pass(2);
        var third = _sequence.TurnAsync(3);
        third.IsCompleted.ShouldBeFalse();
        _sequence.Pass(1);
        third.IsCompletedSuccessfully.ShouldBeTrue();
        _sequence.Pass(2);
        _sequence.TurnAsync(4).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task What_waits_when_the_channel_closes_never_begins()
    {
        var second = _sequence.TurnAsync(2);
        _sequence.Close();
        await Should.ThrowAsync<OperationCanceledException>(second);
        await Should.ThrowAsync<OperationCanceledException>(_sequence.TurnAsync(3));
    }

    [Fact]
    public void A_sequence_on_hold_lets_what_has_begun_end_and_nothing_else_begin()
    {
        _sequence.TurnAsync(1).IsCompletedSuccessfully.ShouldBeTrue();
        var idle = _sequence.HoldAsync();
        _sequence.Pass(1);
        _sequence.TurnAsync(2).IsCompleted.ShouldBeFalse();
        idle.IsCompleted.ShouldBeFalse();
        _sequence.End(1);
        idle.IsCompletedSuccessfully.ShouldBeTrue();
        _sequence.TurnAsync(2).IsCompleted.ShouldBeFalse();
    }
}
