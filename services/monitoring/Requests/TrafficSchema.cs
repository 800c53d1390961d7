namespace Mesh.Monitoring.Requests;

/// <summary>The table of what endpoints were asked.</summary>
internal static class TrafficSchema
{
    public const string Script =
        """
        create table traffic_slices (
            project text not null,
            endpoint text not null,
            at timestamptz not null,
            -- The process that counted: with the moment, what makes a second delivery harmless.
            source uuid not null,
            rows bigint not null,
            refused bigint not null,
            failed bigint not null,
            -- Answers by bin of latency, those bins only that have some.
            bins int[] not null,
            latencies bigint[] not null,
            primary key (project, endpoint, at, source)
        );
        create index traffic_slices_by_time on traffic_slices (at);
        """;
}
