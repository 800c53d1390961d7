using System.Runtime.CompilerServices;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Mesh.Hosting.Bus;

/// <summary>A message's place among those of its channel.</summary>
internal sealed record DeliveryTurn(DeliverySequence Sequence, ulong Tag)
{
    /// <summary>Returns when every message before this one has begun or ended.</summary>
    public Task WaitAsync(CancellationToken ct) => Sequence.TurnAsync(Tag).WaitAsync(ct);

    /// <summary>Lets the next message begin.</summary>
    public void Pass() => Sequence.Pass(Tag);

    /// <summary>The message has ended.</summary>
    public void End() => Sequence.End(Tag);
}

/// <summary>
/// Gives every message of an endpoint its <see cref="DeliveryTurn"/>. It stands around the whole pipeline, so that a message that ends before its
/// consumer, because it cannot be read, makes nobody wait.
/// </summary>
/// <remarks>
/// When the endpoint stops, what has begun is ended and then the channel is closed. A consumer that is cancelled first makes way for the next replica, to
/// which the broker then hands newer messages before those that lie here and come back only later; a channel that closes gives all back in one step.
/// </remarks>
internal sealed class DeliveryOrder : IFilter<ReceiveContext>, IReceiveEndpointObserver
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);
    private readonly ConditionalWeakTable<IChannel, DeliverySequence> _sequences = [];
    private IChannel? _newest;

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
            turn.End();
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("deliveryOrder");

    public async Task Stopping(ReceiveEndpointStopping stopping)
    {
        if (Volatile.Read(ref _newest) is not { IsOpen: true } channel || !_sequences.TryGetValue(channel, out var sequence)) return;
        await Task.WhenAny(sequence.HoldAsync(), Task.Delay(Drain));
        try
        {
            await channel.CloseAsync();
        }
        catch (Exception e) when (e is ObjectDisposedException or RabbitMQClientException)
        {
            // It was lost, or let go of, in the same moment.
        }
    }

    public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    private DeliverySequence Follow(IChannel channel)
    {
        Volatile.Write(ref _newest, channel);
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
