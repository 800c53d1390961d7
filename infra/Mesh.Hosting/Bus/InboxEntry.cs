namespace Mesh.Hosting.Bus;

/// <summary>The mark that a consumer has handled an event, stored in the transaction of what it did.</summary>
public sealed class InboxEntry
{
    /// <summary><c>{event id}:{consumer}</c></summary>
    public string Id { get; set; } = "";

    /// <summary>When it was handled.</summary>
    public DateTimeOffset At { get; set; }

    internal static string Key(Guid eventId, string consumer) => $"{eventId:N}:{consumer}";
}
