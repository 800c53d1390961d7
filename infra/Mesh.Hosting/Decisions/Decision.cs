namespace Mesh.Hosting.Decisions;

/// <summary>The outcome of a pure decision: events to append (perhaps none), or a refusal.</summary>
/// <typeparam name="TEvent">Base type of the aggregate's events.</typeparam>
public readonly record struct Decision<TEvent> where TEvent : notnull
{
    private readonly IReadOnlyList<TEvent>? _events;

    private Decision(IReadOnlyList<TEvent>? events, Rejection? rejected) => (_events, Rejected) = (events, rejected);

    /// <summary>What happened, oldest first; empty after a refusal.</summary>
    public IReadOnlyList<TEvent> Events => _events ?? [];

    /// <summary>The refusal, if it is one.</summary>
    public Rejection? Rejected { get; }

    /// <summary>Nothing to do: the command has been carried out before.</summary>
    public static Decision<TEvent> Nothing => default;

    /// <summary>Several events at once.</summary>
    public static Decision<TEvent> Of(params IReadOnlyList<TEvent> events) => new(events, null);

    public static implicit operator Decision<TEvent>(TEvent happened) => new([happened], null);

    public static implicit operator Decision<TEvent>(Rejection rejected) => new(null, rejected);
}
