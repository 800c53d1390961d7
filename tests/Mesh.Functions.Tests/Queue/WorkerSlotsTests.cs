using Mesh.Functions.Profiles;
using Mesh.Functions.Queue;
using Mesh.Functions.Tests.Doubles;

namespace Mesh.Functions.Tests.Queue;

/// <summary>Attempts that are taken before there is a slot for them have it in the order in which they came.</summary>
public sealed class WorkerSlotsTests(FunctionsHost functions) : IClassFixture<FunctionsHost>
{
    private readonly WorkerSlots _slots = new(functions.Host.Service<ProfileRegistry>(), functions.Host.Service<WorkerCapacity>());

    private Profile Local => _slots.Profiles.Single(p => p.Name == Profile.BuiltIn);

    [Fact]
    public void Who_waits_has_the_next_slot_in_order()
    {
        var had = Fill();
        var (first, second) = (_slots.TakeOrWait(Local), _slots.TakeOrWait(Local));
        _slots.CountWaiting(Local).ShouldBe(2);
        first.Had.IsCompleted.ShouldBeFalse();

        _slots.Return(had[0]);

        (first.Had.IsCompleted, second.Had.IsCompleted).ShouldBe((true, false));
        _slots.FreeOf(Local).Slots.ShouldBe(0);
        _slots.Return(first);
        second.Had.IsCompleted.ShouldBeTrue();
        _slots.Return(second);
        _slots.FreeOf(Local).Slots.ShouldBe(1);
    }

    [Fact]
    public void Who_waits_no_longer_is_passed_over_and_a_slot_is_given_back_once()
    {
        var had = Fill();
        var (left, next) = (_slots.TakeOrWait(Local), _slots.TakeOrWait(Local));
        _slots.Return(left);
        _slots.Return(left);

        _slots.Return(had[0]);
        _slots.Return(had[0]);

        (left.Had.IsCompleted, next.Had.IsCompleted).ShouldBe((false, true));
        (_slots.FreeOf(Local).Slots, _slots.CountWaiting(Local)).ShouldBe((0, 0));
    }

    [Fact]
    public void Room_that_was_taken_comes_back_with_its_slot()
    {
        var before = _slots.FreeOf(Local);
        var slot = _slots.Take(Local, new Room(1, 1 << 20, 0));
        _slots.FreeOf(Local).ShouldBe((before.Slots - 1, before.Room - new Room(1, 1 << 20, 0)));
        _slots.Return(slot);
        _slots.FreeOf(Local).ShouldBe(before);
    }

    [Fact]
    public void A_worker_looks_ahead_as_far_as_its_attempts_are_quick()
    {
        var clock = new SetClock();
        var pace = new WorkerPace(clock);
        for (var i = 0; i < 7; i++) pace.Count(Local);
        pace.Ahead(Local).ShouldBe(0, "so few are no reason to take any before their turn");
        for (var i = 0; i < 73; i++) pace.Count(Local);
        pace.Ahead(Local).ShouldBe(10);
        clock.Now += TimeSpan.FromSeconds(0.9);
        for (var i = 0; i < 16; i++) pace.Count(Local);
        pace.Ahead(Local).ShouldBe(12);
        clock.Now += TimeSpan.FromSeconds(0.2);
        pace.Ahead(Local).ShouldBe(2);
        for (var i = 0; i < 10_000; i++) pace.Count(Local);
        pace.Ahead(Local).ShouldBe(32);
        pace.Ahead(Local with { Name = "other" }).ShouldBe(0, "each profile has its own pace");
    }

    [Fact]
    public void What_lacks_nothing_but_a_slot_is_not_overtaken_by_what_is_taken_ahead()
    {
        var (space, passed) = (new Room(2, 1 << 30, 0), 0);
        Candidate Asks(string id, double cpus) => new("demo", id, 0, new Room(cpus, 0, 0));

        ClaimChoice.Of([Asks("a", 0), Asks("b", 0), Asks("c", 0)], free: 1, ahead: 1, space, ref passed).Select(c => c.JobId).ShouldBe(["a", "b"]);
        passed.ShouldBe(0);
        ClaimChoice.Of([Asks("a", 0), Asks("large", 1), Asks("b", 0), Asks("c", 0)], free: 1, ahead: 8, space, ref passed).Select(c => c.JobId).ShouldBe(["a"]);
        passed.ShouldBe(1);
        ClaimChoice.Of([Asks("too large", 3), Asks("a", 0), Asks("large", 2), Asks("b", 0)], free: 2, ahead: 1, space, ref passed).Select(c => c.JobId).ShouldBe(["a", "large", "b"]);
    }

    private List<WorkerSlot> Fill() => [.. Enumerable.Range(0, _slots.FreeOf(Local).Slots).Select(_ => _slots.TakeOrWait(Local))];

    private sealed class SetClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
