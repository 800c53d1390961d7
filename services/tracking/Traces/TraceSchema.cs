namespace Mesh.Tracking.Traces;

/// <summary>The tables of traces. A trace is a sample of what a program does: many come, nothing is decided on them, and they have no history.</summary>
internal static class TraceSchema
{
    /// <summary>The name of the rule that bounds a trace's tags and metadata.</summary>
    public const string Size = "trace_size";

    /// <summary>The name of the rule that bounds a trace's spans.</summary>
    public const string SpanSize = "trace_span_size";

    /// <summary>The most characters of a trace's spans, as JSON.</summary>
    public const int MostSpanCharacters = 16_777_216;

    /// <summary>The most characters of a trace's tags, and of its metadata, as JSON.</summary>
    public const int MostCharacters = 65_536;

    /// <summary>
    /// <c>trace</c>: one row each. <c>trace_run</c>: which run a trace was linked to afterwards; the run that it came from is in its metadata. <c>trace_span</c>:
    /// spans of traces whose clients send them by themselves; those of others are in a file.
    /// </summary>
    public const string V1 =
        """
        create table trace (
            project           text collate "C" not null,
            id                text collate "C" not null,
            experiment        bigint not null,
            requested_at      timestamptz not null,
            duration          bigint,
            state             text collate "C" not null,
            client_request_id text collate "C",
            request_preview   text,
            response_preview  text,
            metadata          jsonb not null,
            tags              jsonb not null,
            span_characters   bigint not null default 0,
            primary key (project, id),
            constraint trace_size check (length(tags::text) <= 65536 and length(metadata::text) <= 65536),
            constraint trace_span_size check (span_characters <= 16777216)
        );
        create index trace_newest on trace (project, experiment, requested_at, id);
        create index trace_by_tag on trace using gin (tags jsonb_path_ops);
        create index trace_by_metadata on trace using gin (metadata jsonb_path_ops);
        create table trace_run (
            project text collate "C" not null,
            run     uuid not null,
            trace   text collate "C" not null,
            primary key (project, run, trace),
            foreign key (project, trace) references trace (project, id) on delete cascade
        );
        create index trace_run_by_trace on trace_run (project, trace);
        create table trace_span (
            project    text collate "C" not null,
            trace      text collate "C" not null,
            id         text collate "C" not null,
            started_at bigint not null,
            content    text not null,
            primary key (project, trace, id),
            foreign key (project, trace) references trace (project, id) on delete cascade
        );
        """;
}
