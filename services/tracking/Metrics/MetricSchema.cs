namespace Mesh.Tracking.Metrics;

/// <summary>The tables of metric samples.</summary>
internal static class MetricSchema
{
    /// <summary>
    /// <c>metric</c>: one row per (project, run, name) with its summary; the row's number stands for the three in the points, which keeps those
    /// narrow. <c>metric_point</c>: append-only; <c>seq</c> counts the points of a metric in the order of arrival. <c>metric_batch</c>: client
    /// batch ids that were written.
    /// </summary>
    public static string V1 { get; } = $"""
        create table metric (
            series    bigint generated always as identity,
            project   text collate "C" not null,
            run       uuid not null,
            name      text collate "C" not null,
            last      double precision not null,
            last_step bigint not null,
            last_time timestamptz not null,
            min       double precision not null,
            max       double precision not null,
            count     bigint not null,
            primary key (project, run, name)
        ) with (fillfactor = 70);
        create table metric_point (
            series bigint not null,
            step   bigint not null,
            time   timestamptz not null,
            seq    bigint not null,
            value  double precision not null,
            primary key (series, step, time, seq)
        ) partition by hash (series);
        {string.Join('\n', Enumerable.Range(0, Partitions).Select(i =>
            $"create table metric_point_{i} partition of metric_point for values with (modulus {Partitions}, remainder {i});"))}
        create table metric_batch (
            project    text collate "C" not null,
            run        uuid not null,
            batch      uuid not null,
            written_at timestamptz not null,
            primary key (project, run, batch)
        );
        """;

    /// <summary>Lets old batch ids be found without reading all of them.</summary>
    public const string V2 = "create index metric_batch_age on metric_batch using brin (written_at);";

    /// <summary>
    /// <c>metric_bucket</c>: what charts read of long metrics, see <see cref="Buckets.BucketUpkeep"/>. The width of a metric's buckets along each axis
    /// (as a power of two) and their number are in the row of the metric.
    /// </summary>
    public const string V3 =
        """
        alter table metric
            add column step_shift smallint, add column step_buckets int not null default 0,
            add column time_shift smallint, add column time_buckets int not null default 0;
        create table metric_bucket (
            series      bigint not null,
            axis        smallint not null,
            bucket      bigint not null,
            count       bigint not null,
            first_x     bigint not null,
            first_y     bigint not null,
            first_value double precision not null,
            last_x      bigint not null,
            last_y      bigint not null,
            last_value  double precision not null,
            min_x       bigint not null,
            min_y       bigint not null,
            min_value   double precision not null,
            max_x       bigint not null,
            max_y       bigint not null,
            max_value   double precision not null,
            primary key (series, axis, bucket)
        ) with (fillfactor = 70);
        """;

    private const int Partitions = 8;
}
