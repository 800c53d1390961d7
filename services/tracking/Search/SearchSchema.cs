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

    /// <summary>
    /// The latest value stands in the key's index too: a search that looks up one metric for each run that another has found needs no row, of which each would lie in
    /// another page.
    /// </summary>
    public const string V2 = "alter table metric drop constraint metric_pkey, add primary key (project, run, name) include (last);";
}
