namespace Mesh.Tracking.Logs;

/// <summary>The tables of log text.</summary>
internal static class LogSchema
{
    /// <summary><c>log</c>: the length of each run's log; its row is the lock of the appends. <c>log_chunk</c>: the text, each chunk whole UTF-8, without gaps.</summary>
    public const string V1 =
        """
        create table log (
            project text collate "C" not null,
            run     uuid not null,
            length  bigint not null,
            cut     boolean not null,
            primary key (project, run)
        ) with (fillfactor = 70);
        create table log_chunk (
            project     text collate "C" not null,
            run         uuid not null,
            start       bigint not null,
            bytes       bytea not null,
            appended_at timestamptz not null,
            primary key (project, run, start)
        );
        """;
}
