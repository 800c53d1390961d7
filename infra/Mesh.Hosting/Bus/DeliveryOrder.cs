using System.Runtime.CompilerServices;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace Mesh.Hosting.Bus;

/// <summary>A message's place among those of its channel.</summary>
internal sealed record DeliveryTurn(DeliverySequence Sequence, ulong Tag)
{
    /// <summary>Returns when every message before this one has begun or ended.</summary>
    public Task WaitAsync(CancellationToken ct) => Sequence.TurnAsync(Tag).WaitAsync(ct);

    /// <summary>Lets the next message begin.</summary>
    public void Pass() => Sequence.Pass(Tag);
}

/// <summary>
/// Gives every message of an endpoint its <see cref="DeliveryTurn"/>. It stands around the whole pipeline, so that a message that ends before its
/// consumer, because it cannot be read, makes nobody wait.
/// </summary>
internal sealed class DeliveryOrder : IFilter<ReceiveContext>
{
    private readonly ConditionalWeakTable<IChannel, DeliverySequence> _sequences = [];

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        if (context is not RabbitMqReceiveContext received || !context.TryGetPayload<ChannelContext>(out var channel))
        {
            await next.Send(context);
            return;
        }

        var turn = new DeliveryTurn(_sequences.GetValue(channel.Channel, Follow), received.DeliveryTag);
        context.GetOrAddPayload(() => turn);
        try
        {
            await next.Send(context);
        }
        finally
        {
            turn.Pass();
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("deliveryOrder");

    private static DeliverySequence Follow(IChannel channel)
    {
        var sequence = new DeliverySequence();
        channel.ChannelShutdownAsync += (_, _) =>
        {
            sequence.Close();
            return Task.CompletedTask;
        };
        if (channel.IsClosed) sequence.Close();
        return sequence;
    }
}
