namespace Mesh.Monitoring.Journal;

/// <summary>The table of the journal: every integration event of the platform, in one order.</summary>
internal static class JournalSchema
{
    public const string Script =
        """
        create table journal (
            -- Without holes when it is written, and given in the order of commits: whoever has read up to n has missed nothing below n.
            position bigint primary key,
            event_id uuid not null unique,
            project text not null,
            type text not null,
            subject text not null,
            stream_version bigint not null,
            occurred_at timestamptz not null,
            event json not null,
            at timestamptz not null default now()
        );
        create index journal_by_subject on journal (project, subject, position);
        create index journal_by_project on journal (project, position);

        create table journal_position (only_row boolean primary key default true check (only_row), last bigint not null) with (fillfactor = 20);
        insert into journal_position (last) values (0);
        """;
}
