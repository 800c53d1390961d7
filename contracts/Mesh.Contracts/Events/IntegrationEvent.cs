namespace Mesh.Contracts.Events;

/// <summary>A fact that one service tells the others. Fields are only ever added, with defaults.</summary>
public interface IIntegrationEvent
{
    /// <summary>What it is about: the id of the run or job, the name of the model, endpoint or project. Order is kept per subject.</summary>
    string Subject { get; }
}

/// <summary>Names an integration event on the wire: <c>noun.verb</c>, also its routing key.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventTypeAttribute(string name) : Attribute
{
    /// <summary>The name on the wire.</summary>
    public string Name { get; } = name;
}
