using System.Text.Json.Serialization;

namespace Mesh.Contracts.Monitoring;

/// <summary>Values of one feature by bin.</summary>
/// <param name="Bins">Numeric: one more than the edges. Categorical: one per category.</param>
/// <param name="Missing">Values that are missing, or none of the feature's type.</param>
/// <param name="Other">Categorical: values of categories that the training statistics do not name.</param>
public sealed record FeatureCounts(
    IReadOnlyList<long> Bins, long Missing, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Other = null);

/// <summary>How one feature was distributed in the training data and is in the rows that were counted.</summary>
/// <param name="Drifted">As the monitor judges; false when there are fewer rows than it wants.</param>
/// <param name="Edges">Numeric: the inner edges of the bins, ascending; the first and last bin are open. A value on an edge belongs to the bin on its right.</param>
/// <param name="Categories">Categorical: the names, in the order of the bins.</param>
/// <param name="Reference">The training data.</param>
/// <param name="Current">The rows.</param>
public sealed record FeatureDistribution(
    string Feature, double Psi, double JensenShannon, bool Drifted, FeatureCounts Reference, FeatureCounts Current,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<double>? Edges = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Categories = null);

/// <summary><c>GET /api/v1/projects/{project}/monitors/{endpoint}/distributions</c>: the rows of a span of event time beside the training data.</summary>
/// <param name="From">Where the span begins: a whole second.</param>
/// <param name="To">Where it ends, exclusive: a whole second.</param>
/// <param name="Rows">Rows in the span that are in time.</param>
/// <param name="Counted">How many of them were counted: a sample of the stored segments where there are more than a million.</param>
public sealed record FeatureDistributions(
    DateTimeOffset From, DateTimeOffset To, string Model, int ModelVersion, long Rows, long Counted, IReadOnlyList<FeatureDistribution> Features);
