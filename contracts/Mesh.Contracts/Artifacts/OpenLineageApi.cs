using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Contracts.Artifacts;

/// <summary>A run event of OpenLineage 2-0-2: what is known of a run.</summary>
/// <param name="EventType">RUNNING, COMPLETE, FAIL or ABORT.</param>
public sealed record OpenLineageRunEvent(
    string EventType, DateTimeOffset EventTime, OpenLineageRun Run, OpenLineageJob Job, IReadOnlyList<OpenLineageDataset> Inputs, IReadOnlyList<OpenLineageDataset> Outputs, string Producer,
    [property: JsonPropertyName("schemaURL")] string SchemaUrl);

/// <summary>The run of an event.</summary>
public sealed record OpenLineageRun(Guid RunId, IReadOnlyDictionary<string, JsonElement>? Facets = null);

/// <summary>The job of an event: an experiment's name in its project.</summary>
public sealed record OpenLineageJob(string Namespace, string Name, IReadOnlyDictionary<string, JsonElement>? Facets = null);

/// <summary>A data set of an event. Things of Mesh have the namespace <c>mesh://{project}</c> and the rest of their address as name.</summary>
public sealed record OpenLineageDataset(string Namespace, string Name, IReadOnlyDictionary<string, JsonElement>? Facets = null);
