using System.Collections.Concurrent;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Mesh.EndToEnd.Tests.Load;

/// <summary>Somebody else's program: binds a durable queue of its own to the topic exchange, with nothing of ours but the address.</summary>
public sealed class OutsideSubscriber : IAsyncDisposable
{
    private readonly ConcurrentQueue<MeshEvent> _events = new();
    private readonly string _queue = $"outsider-{Guid.CreateVersion7():N}";
    private readonly Uri _broker;
    private readonly string _pattern;
    private readonly CancellationTokenSource _stopping = new();
    private Task _listening = Task.CompletedTask;

    private OutsideSubscriber(Uri broker, string pattern) => (_broker, _pattern) = (broker, pattern);

    /// <summary>Every delivery, in its order, repeats included.</summary>
    public IReadOnlyCollection<MeshEvent> Deliveries => _events;

    /// <summary>Starts listening to a pattern of topics.</summary>
    public static async Task<OutsideSubscriber> ListenAsync(Uri broker, string pattern)
    {
        var subscriber = new OutsideSubscriber(broker, pattern);
        var bound = new TaskCompletionSource();
        subscriber._listening = Task.Run(() => subscriber.ListenAsync(bound));
        await bound.Task;
        return subscriber;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _listening;
        _stopping.Dispose();
    }

    private async Task ListenAsync(TaskCompletionSource bound)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var factory = new ConnectionFactory { Uri = _broker, AutomaticRecoveryEnabled = false };
                await using var connection = await factory.CreateConnectionAsync(_stopping.Token);
                await using var channel = await connection.CreateChannelAsync(cancellationToken: _stopping.Token);
                var closed = new TaskCompletionSource();
                channel.ChannelShutdownAsync += (_, _) =>
                {
                    closed.TrySetResult();
                    return Task.CompletedTask;
                };
                await channel.ExchangeDeclareAsync("mesh.events", ExchangeType.Topic, durable: true, cancellationToken: _stopping.Token);
                await channel.QueueDeclareAsync(_queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: _stopping.Token);
                await channel.QueueBindAsync(_queue, "mesh.events", _pattern, cancellationToken: _stopping.Token);
                var consumer = new AsyncEventingBasicConsumer(channel);
                consumer.ReceivedAsync += async (_, delivery) =>
                {
                    _events.Enqueue(JsonSerializer.Deserialize<MeshEvent>(delivery.Body.Span, MeshJson.Tolerant)!);
                    await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
                };
                await channel.BasicConsumeAsync(_queue, autoAck: false, consumer, _stopping.Token);
                bound.TrySetResult();
                await closed.Task.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is RabbitMQ.Client.Exceptions.BrokerUnreachableException or RabbitMQ.Client.Exceptions.OperationInterruptedException or RabbitMQ.Client.Exceptions.AlreadyClosedException or IOException)
            {
                await Task.Delay(200);
            }
        }
    }
}
