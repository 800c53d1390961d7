using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using MassTransit;
using Mesh.Contracts.Events;
using Mesh.Hosting.Bus;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>How long the bus waits for the broker to take an event.</summary>
public sealed class PublishPatienceTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_broker_that_is_slow_but_takes_each_event_is_given_them_all()
    {
        var broker = Broker.Of(async ct =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            ct.ThrowIfCancellationRequested();
            await Task.Yield();
        });
        await new RabbitMqBus(broker.Bus, _clock).PublishAsync([Event(1), Event(2), Event(3), Event(4)], CancellationToken.None);
        broker.Published.ShouldBe(4);
    }

    [Fact]
    public async Task A_broker_that_does_not_take_an_event_is_not_waited_for_for_ever()
    {
        var broker = Broker.Of(ct =>
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            return Task.Delay(Timeout.Infinite, ct);
        });
        await Should.ThrowAsync<OperationCanceledException>(new RabbitMqBus(broker.Bus, _clock).PublishAsync([Event(1)], CancellationToken.None));
    }

    private static MeshEvent Event(long version) => new()
    {
        Id = Guid.CreateVersion7(),
        Source = "/mesh/test",
        Type = "run.created",
        Subject = "s",
        Time = DateTimeOffset.UnixEpoch,
        Project = "p",
        StreamVersion = version,
        Data = JsonSerializer.SerializeToElement(new { }),
    };

    /// <summary>Stands where the broker is: every publication takes what it is told to.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "The proxy is a class made from this one.")]
    private class Broker : DispatchProxy
    {
        private Func<CancellationToken, Task> _taking = _ => Task.CompletedTask;

        public IBus Bus => (IBus)(object)this;

        public int Published { get; private set; }

        public static Broker Of(Func<CancellationToken, Task> taking)
        {
            var broker = (Broker)(object)Create<IBus, Broker>();
            broker._taking = taking;
            return broker;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => PublishAsync((CancellationToken)args![^1]!);

        private async Task PublishAsync(CancellationToken ct)
        {
            await _taking(ct);
            Published++;
        }
    }
}
