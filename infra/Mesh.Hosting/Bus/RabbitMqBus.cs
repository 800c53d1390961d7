using System.Text.Json.Serialization;
using MassTransit;
using Mesh.Contracts.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.Hosting.Bus;

/// <summary>Publishes to the topic exchange and waits for the broker's confirmation.</summary>
internal sealed class RabbitMqBus(IBus bus, TimeProvider clock) : IEventBus
{
    // While the broker is away, MassTransit waits for it; the relay would rather fail its page and begin it again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public async Task PublishAsync(IReadOnlyList<MeshEvent> ordered, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        foreach (var e in ordered)
        {
            // Each event has its own time: a broker that is slow, but takes them, must not make a long page begin again for ever.
            patience.CancelAfter(Patience);
            await bus.Publish(e, context =>
            {
                context.MessageId = e.Id;
                context.SetRoutingKey(e.Type);
            }, limited.Token);
        }
    }
}

/// <summary>Binds the consumers of this process to RabbitMQ.</summary>
internal static class RabbitMqRegistration
{
    public static void AddRabbitMqBus(this IServiceCollection services, string address, TimeSpan drain)
    {
        services.AddSingleton<IEventBus, RabbitMqBus>();
        services.AddSingleton<BindingCheck>();
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BindingCheck>());
        services.AddHealthChecks().AddCheck<BindingCheck>("consumers", tags: ["ready"]);
        services.Configure<MassTransitHostOptions>(host =>
        {
            // The log of events is the outbox: a service starts and answers while the broker is away.
            host.WaitUntilStarted = false;
            host.StopTimeout = drain;
            host.ConsumerStopTimeout = drain;
        });
        services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = HealthStatus.Degraded);
            x.UsingRabbitMq((context, bus) =>
            {
                bus.Host(new Uri(address));
                bus.ClearSerialization();
                bus.UseRawJsonSerializer(RawSerializerOptions.AnyMessageType, isDefault: true);
                bus.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
                bus.ConfigureJsonSerializerOptions(options =>
                {
                    options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
                    return options;
                });
                bus.Message<MeshEvent>(m => m.SetEntityName(BusTopology.Exchange));
                bus.Publish<MeshEvent>(p =>
                {
                    p.ExchangeType = "topic";
                    // Declared by whoever publishes first, not by the journal's service alone: no start order can lose an event (ADR 004).
                    p.BindQueue(BusTopology.Exchange, BusTopology.Journal, journal =>
                    {
                        journal.ExchangeType = "topic";
                        journal.RoutingKey = "#";
                        Keep(journal, ordered: true);
                    });
                });
                foreach (var consumer in context.GetRequiredService<BusTopology>().Consumers)
                    Bind(bus, context, consumer);
            });
        });
    }

    private static void Bind(IRabbitMqBusFactoryConfigurator bus, IBusRegistrationContext context, BoundConsumer consumer)
    {
        var registration = consumer.Registration;
        bus.ReceiveEndpoint(consumer.Queue, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            if (registration.EveryReplica)
            {
                // It ends after the process, but is durable: brokers refuse transient queues that are not exclusive.
                endpoint.AutoDelete = true;
                endpoint.QueueExpiration = TimeSpan.FromMinutes(1);
            }
            else
            {
                Keep(endpoint, registration.Ordered);
            }

            endpoint.PrefetchCount = 64;
            if (registration.Ordered) endpoint.ConcurrentMessageLimit = registration.Concurrency;
            foreach (var pattern in registration.Patterns)
            {
                endpoint.Bind(BusTopology.Exchange, binding =>
                {
                    binding.ExchangeType = "topic";
                    binding.RoutingKey = pattern;
                });
            }

            if (registration is { Ordered: true, Concurrency: > 1 })
            {
                var order = new DeliveryOrder();
                endpoint.ConfigureReceive(pipe => pipe.UseFilter(order));
                endpoint.ConnectReceiveEndpointObserver(order);
            }

            endpoint.Consumer(() => new Receiver(context.GetRequiredService<ConsumerDispatcher>(), consumer));
        });
    }

    /// <summary>What makes a queue keep events, whether its consumer runs or not.</summary>
    private static void Keep(IRabbitMqQueueConfigurator queue, bool ordered)
    {
        queue.SetQuorumQueue();
        // Redelivery after a crash is no fault of the message: hosting counts real failures itself.
        queue.SetQueueArgument("x-delivery-limit", 1_000_000);
        if (ordered) queue.SingleActiveConsumer = true;
    }

    private sealed class Receiver(ConsumerDispatcher dispatcher, BoundConsumer consumer) : IConsumer<MeshEvent>
    {
        public async Task Consume(ConsumeContext<MeshEvent> context)
        {
            context.ReceiveContext.TryGetPayload<DeliveryTurn>(out var turn);
            if (turn is not null) await turn.WaitAsync(context.CancellationToken);
            var handling = dispatcher.DispatchAsync(consumer.Module, consumer.Registration, context.Message, context.CancellationToken);
            turn?.Pass();
            await handling;
        }
    }
}
