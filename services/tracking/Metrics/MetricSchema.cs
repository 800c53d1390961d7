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

    private const int Partitions = 8;
}
