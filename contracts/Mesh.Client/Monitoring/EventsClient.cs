using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Monitoring;

namespace Mesh.Client.Monitoring;

/// <summary>The journal of everything that happened.</summary>
public sealed class EventsClient
{
    private readonly MeshConnection _connection;
    private readonly string? _project;

    internal EventsClient(MeshConnection connection, string? project) => (_connection, _project) = (connection, project);

    /// <summary>
    /// Events as they happen, after a position of the journal: 0 from the first that was ever kept, null only new ones. Never ends by itself; a lost
    /// connection is resumed where it broke, however long the mesh is away, so no event is missed once the first connection stands.
    /// </summary>
    /// <param name="types">Pattern of types, such as <c>run.*</c>; several are parted by commas. All when absent.</param>
    /// <param name="subject">Only events about this run, model, endpoint, …</param>
    public async IAsyncEnumerable<JournalEntry> SubscribeAsync(
        string? types = null, string? subject = null, long? after = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        // A resumed connection says where it is by Last-Event-ID alone.
        var stream = new EventStream(_connection, last => Address(types, subject, last is null ? after : null));
        await foreach (var item in stream.ReadAsync(null, ct))
        {
            if (!long.TryParse(item.EventId, NumberStyles.None, CultureInfo.InvariantCulture, out var position)) continue;
            if (JsonSerializer.Deserialize<MeshEvent>(item.Data, MeshJson.Tolerant) is { } e) yield return new JournalEntry(position, e);
        }
    }

    /// <summary>Events that happened already, oldest first, after a position.</summary>
    public IAsyncEnumerable<JournalEntry> ListAsync(string? types = null, string? subject = null, long? after = null, CancellationToken ct = default) =>
        _connection.ListAsync<JournalEntry>(Address(types, subject, after), ct);

    private string Address(string? types, string? subject, long? after) =>
        Query.Add("/api/v1/events", ("types", types), ("project", _project), ("subject", subject), ("after", after));
}
