namespace Mesh.Monitoring.Webhooks;

/// <summary>The tables of delivery: how far each webhook has come in the journal, and what is, was or could not be delivered.</summary>
internal static class WebhookSchema
{
    public const string Script =
        """
        create table webhook_cursor (
            project        text not null,
            webhook        text not null,
            url            text not null,
            -- A regular expression over types; null for all.
            types          text,
            subject        text,
            paused         boolean not null default false,
            -- Sealed.
            secret         bytea not null,
            previous       bytea,
            previous_until timestamptz,
            -- Up to here, events have become deliveries.
            position       bigint not null,
            -- Attempts in a row that failed, and the first and last of them.
            failures       int not null default 0,
            failing_since  timestamptz,
            cause          text,
            delivered_at   timestamptz,
            primary key (project, webhook)
        ) with (fillfactor = 50);

        create table webhook_delivery (
            project       text not null,
            webhook       text not null,
            id            bigint generated always as identity,
            event_id      uuid not null,
            position      bigint,
            type          text not null,
            subject       text not null,
            -- Only where the journal does not hold it: a test.
            event         json,
            state         text not null default 'pending',
            -- Whether it waits for those of its subject before it, and those behind wait for it.
            in_order      boolean not null default true,
            attempts      int not null default 0,
            -- Those of earlier rounds: made again, a delivery is tried as often as a new one.
            attempts_past int not null default 0,
            due_at        timestamptz not null default now(),
            -- Until then a replica is at it.
            claimed_until timestamptz,
            status_code   int,
            latency_ms    double precision,
            cause         text,
            created_at    timestamptz not null default now(),
            attempted_at  timestamptz,
            finished_at   timestamptz,
            primary key (project, webhook, id),
            foreign key (project, webhook) references webhook_cursor on delete cascade
        );
        create index webhook_delivery_pending on webhook_delivery (project, webhook, subject, id) where state = 'pending';
        create index webhook_delivery_failed on webhook_delivery (project, webhook, id) where state = 'failed';
        create index webhook_delivery_finished on webhook_delivery (finished_at) where finished_at is not null;
        """;
}
