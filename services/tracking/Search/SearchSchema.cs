namespace Mesh.Tracking.Search;

/// <summary>What searches need beside the tables that they search.</summary>
internal static class SearchSchema
{
    /// <summary>Runs by the latest value of a metric. NaN is found by itself, so that the order holds in both directions.</summary>
    public const string V1 =
        """
        create index metric_by_value on metric (project, name, last, run) where last <> 'NaN';
        create index metric_nan on metric (project, name, run) where last = 'NaN';
        """;
}
