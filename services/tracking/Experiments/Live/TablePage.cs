using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Experiments.Live;

/// <summary>What changed in a table up to a position, as one event: written once for all who follow.</summary>
/// <param name="Event">Null when nothing did.</param>
/// <param name="More">Whether there is more up to now.</param>
/// <param name="Over">Whether nothing will come any more: the experiment is deleted with all of its runs.</param>
internal sealed record TablePage(byte[]? Event, TablePosition To, bool More, bool Over)
{
    public static TablePage Of(IReadOnlyList<RunInfo> changed, IReadOnlyList<GoneRun> gone, TablePosition to, bool more, bool over) => new(
        changed.Count + gone.Count == 0 ? null
            : Encoding.UTF8.GetBytes($"id: {to.Encode()}\nevent: runs\ndata: {JsonSerializer.Serialize(new RunRows(changed, gone), MeshJson.Strict)}\n\n"),
        to, more, over);
}
