namespace Mesh.Monitoring.Predictions;

/// <summary>The tables of captured predictions.</summary>
/// <remarks>
/// Partitioned by day of arrival, not by endpoint: rows come in order of arrival, so one partition takes all writes and its index stays in memory;
/// retention drops a whole day without touching a row; and the number of partitions follows the days kept, not what users create. Event
/// times may be anything, so they are indexed, not partitioned by.
/// </remarks>
internal static class PredictionSchema
{
    public const string Script =
        """
        create table predictions (
            id bigint generated always as identity,
            arrived_at timestamptz not null,
            project text not null,
            endpoint text not null,
            model text not null,
            model_version int not null,
            event_time timestamptz not null,
            -- Came after its window was sealed, or claims to come from a far future: kept, but in no window.
            late boolean not null,
            latency_ms double precision not null,
            request_id text,
            -- json, not jsonb: kept as it came, escapes of U+0000 included, at the least cost a row.
            inputs json not null,
            outputs json not null,
            primary key (arrived_at, id)
        ) partition by range (arrived_at);
        create index predictions_by_event_time on predictions (project, endpoint, event_time, id);

        -- Batches that are stored: what makes a second delivery harmless.
        create table prediction_batches (
            project text not null,
            batch_id uuid not null,
            arrived_at timestamptz not null,
            primary key (project, batch_id)
        );
        create index prediction_batches_by_arrival on prediction_batches (arrived_at);

        -- Where each reference (endpoint and model version) is in event time. A row is locked while rows of its reference are stored, and
        -- while a window is sealed, so that no row slips into a window that has been counted.
        create table traffic (
            project text not null,
            endpoint text not null,
            model text not null,
            model_version int not null,
            first_event_time timestamptz,
            newest_event_time timestamptz,
            last_arrival timestamptz not null,
            sealed_through timestamptz not null default '-infinity',
            rows bigint not null default 0,
            late bigint not null default 0,
            -- Whether rows may wait in a window that is not closed yet.
            open boolean not null default true,
            primary key (project, endpoint, model, model_version)
        ) with (fillfactor = 50);
        create index traffic_open on traffic (project, endpoint) where open;
        """;

    /// <summary>The numbers of rows only order rows of one event time: an index that proves them unique is written for every row and read for none.</summary>
    public const string WithoutKey = "alter table predictions drop constraint predictions_pkey;";

    /// <summary>Rows together in segments, as they came from serving. Rows of the table before them are given up.</summary>
    public const string Segments =
        """
        drop table predictions;
        create table prediction_segments (
            -- Gives the numbers of rows, see PredictionId, and the order of segments of one second.
            id bigint generated always as identity,
            arrived_at timestamptz not null,
            project text not null,
            endpoint text not null,
            model text not null,
            model_version int not null,
            -- The second of event time of all its rows.
            second timestamptz not null,
            -- Came after their window was sealed, or claim to come from a far future: kept, but in no window.
            late boolean not null,
            rows int not null,
            body bytea not null
        ) partition by range (arrived_at);
        -- Numbers hardly compress, and trying costs more than all else here.
        alter table prediction_segments alter column body set storage external;
        create index prediction_segments_by_second on prediction_segments (project, endpoint, second, id);
        """;
}
