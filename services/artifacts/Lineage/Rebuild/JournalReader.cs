using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Clients;

namespace Mesh.Artifacts.Lineage.Rebuild;

/// <summary>Reads the journal of the monitoring service: every integration event at its position, those of which the graph is made and those that mark a rebuild.</summary>
internal sealed class JournalReader([FromKeyedServices("artifacts")] ServiceClient services)
{
    /// <summary>The most entries of a page.</summary>
    public const int MostEntries = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Entries behind a position, in order.</summary>
    /// <exception cref="ServiceCallException">The journal cannot be read now.</exception>
    public async Task<IReadOnlyList<JournalEntry>> ReadAsync(long after, int limit, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/events?types={string.Join(',', EventLineage.Patterns)},{RebuildMark.EventType}&after={after}&limit={limit}");
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await services.SendAsync(request, "monitoring", ct: patience.Token);
        var page = await response.Content.ReadFromJsonAsync<Page<JournalEntry>>(MeshJson.Tolerant, patience.Token) ?? throw new JsonException("The journal answered null.");
        return page.Items;
    }
}
