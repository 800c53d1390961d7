using System.Runtime.CompilerServices;
using Mesh.Client.Connection;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;

namespace Mesh.Client.Monitoring;

/// <summary>Streams that say what changed.</summary>
internal static class ChangeEvents
{
    /// <summary>What changes, as it happens; kinds that this client does not know are left out.</summary>
    public static async IAsyncEnumerable<ChangeKind> ReadAsync(MeshConnection connection, string path, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in new EventStream(connection, _ => path).ReadAsync(null, ct))
            if (EnumNames.TryParse<ChangeKind>(item.EventType, out var kind)) yield return kind;
    }
}
