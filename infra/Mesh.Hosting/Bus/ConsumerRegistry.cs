using Mesh.Contracts.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Mesh.Hosting.Bus;

/// <summary>One consumer of one service.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Name">Name of the consumer within the service.</param>
/// <param name="Patterns">Topic patterns: <c>run.*</c>, <c>model.promoted</c>, <c>#</c>.</param>
/// <param name="Ordered">One event at a time over all replicas, in the order of the broker.</param>
/// <param name="EveryReplica">Each process gets every event, from its start on; for what is kept in memory.</param>
/// <param name="Inbox">Whether hosting keeps out events that were handled before.</param>
/// <param name="Type">The class.</param>
/// <param name="Concurrency">With <paramref name="Ordered"/>: how many events may be handled at once. They begin in the order of the broker.</param>
/// <param name="Concerns">Which events of those types have something to say to it; null for all.</param>
/// <param name="BySubject">Whether those events of one subject are handled one after the other.</param>
public sealed record ConsumerRegistration(
    string Service, string Name, IReadOnlyList<string> Patterns, bool Ordered, bool EveryReplica, bool Inbox, Type Type, int Concurrency = 1, Func<MeshEvent, bool>? Concerns = null,
    bool BySubject = false)
{
    /// <summary>Keeps the events of a subject in line; null where nobody asked for it.</summary>
    internal SubjectOrder? Subjects { get; } = BySubject ? new SubjectOrder() : null;

    /// <summary>The queue on RabbitMQ; arguments of a queue cannot change, so a change of kind needs a new name.</summary>
    public string Queue => $"mesh.{Service}.{Name}";

    /// <summary>Whether the consumer wants events of this type.</summary>
    public bool Wants(string type)
    {
        foreach (var pattern in Patterns)
            if (EventTypes.Matches(pattern, type)) return true;
        return false;
    }
}

/// <summary>Collects the consumers of a service.</summary>
public sealed class ConsumerRegistry(string service, IServiceCollection services)
{
    private readonly List<ConsumerRegistration> _registrations = [];

    /// <summary>What was added.</summary>
    public IReadOnlyList<ConsumerRegistration> Registrations => _registrations;

    /// <summary>Adds a consumer.</summary>
    /// <param name="name">Name within the service, such as <c>on-job-events</c>.</param>
    /// <param name="patterns">Topic patterns.</param>
    /// <param name="ordered">One event at a time over all replicas.</param>
    /// <param name="everyReplica">Each process gets every event from its start on; without inbox.</param>
    /// <param name="inbox">Whether hosting keeps out events that were handled before; without it the session is not saved.</param>
    /// <param name="concurrency">
    /// With <paramref name="ordered"/> and without inbox: how many events may be handled at once, each beginning after those before it have begun.
    /// For consumers that write in groups; without <paramref name="bySubject"/> they queue what they are given before they first await.
    /// </param>
    /// <param name="bySubject">With <paramref name="concurrency"/>: the events of one subject are handled one after the other.</param>
    /// <param name="concerns">Which events have something to say to it: the others cost no transaction, and are never in its inbox.</param>
    public ConsumerRegistry Add<T>(
        string name, IReadOnlyList<string> patterns, bool ordered = false, bool everyReplica = false, bool inbox = true, int concurrency = 1,
        Func<MeshEvent, bool>? concerns = null, bool bySubject = false)
        where T : class, IEventConsumer
    {
        if (_registrations.Any(r => r.Name == name)) throw new InvalidOperationException($"The service {service} has two consumers named {name}.");
        if (concurrency > 1 && (!ordered || inbox))
            throw new ArgumentException($"{name}: only an ordered consumer without inbox states its concurrency.", nameof(concurrency));
        if (bySubject && concurrency == 1) throw new ArgumentException($"{name}: one at a time is in order of each subject anyway.", nameof(bySubject));
        services.TryAddScoped<T>();
        _registrations.Add(new ConsumerRegistration(service, name, patterns, ordered, everyReplica, inbox && !everyReplica, typeof(T), concurrency, concerns, bySubject));
        return this;
    }

    /// <summary>Adds a listener: each process hears every event from its start on.</summary>
    /// <param name="name">Name within the service.</param>
    /// <param name="patterns">Topic patterns.</param>
    public ConsumerRegistry Listen<T>(string name, IReadOnlyList<string> patterns) where T : class, IEventListener
    {
        if (_registrations.Any(r => r.Name == name)) throw new InvalidOperationException($"The service {service} has two consumers named {name}.");
        services.TryAddSingleton<T>();
        _registrations.Add(new ConsumerRegistration(service, name, patterns, Ordered: false, EveryReplica: true, Inbox: false, typeof(T)));
        return this;
    }
}
