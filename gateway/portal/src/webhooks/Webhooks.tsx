import { Button, Group } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { count } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import settings from '../settings/Settings.module.css';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { type Webhook, webhooksQuery } from './queries';
import { standingOf } from './standing';
import { WebhookForm } from './WebhookForm';

const idOf = (webhook: Webhook) => webhook.name;

/** Where events of the project are posted. */
export function Webhooks() {
  const project = useProject();
  const webhooks = useQuery(webhooksQuery(project));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const columns = useMemo<Column<Webhook>[]>(
    () => [
      {
        id: 'name',
        header: 'Webhook',
        width: 150,
        fixed: true,
        sortable: true,
        value: ({ name }) => name,
        cell: ({ name }) => (
          <Link to="/p/$project/settings/webhooks/$webhook" params={{ project, webhook: name }}>
            {name}
          </Link>
        ),
      },
      {
        id: 'state',
        header: 'State',
        width: 100,
        value: (webhook) => standingOf(webhook).state,
        cell: (webhook) => {
          const { state, cause } = standingOf(webhook);
          return <StatusBadge status={state} cause={cause} />;
        },
      },
      { id: 'url', header: 'Address', width: 222, value: ({ url }) => url, cell: ({ url }) => <span className="mono">{url}</span> },
      {
        id: 'types',
        header: 'Types',
        width: 140,
        value: ({ types }) => types.join(', ') || 'all',
        cell: ({ types }) => (types.length > 0 ? <span className="mono">{types.join(', ')}</span> : <span className="quiet">all</span>),
      },
      { id: 'pending', header: 'Pending', width: 84, align: 'right', value: ({ pending }) => count(Number(pending)) },
      { id: 'failed', header: 'Failed', width: 80, align: 'right', value: ({ failed }) => count(Number(failed)) },
      { id: 'last', header: 'Last delivered', width: 110, cell: ({ lastDeliveredAt }) => <RelativeTime at={lastDeliveredAt} /> },
    ],
    [project],
  );
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
      New webhook
    </Button>
  );
  return (
    <>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs">
        <p className={settings.what}>
          What happens in the project is posted to other servers: signed, in order, tried again for a day when they are away, and from any
          position of the events on.
        </p>
        {(webhooks.data?.length ?? 0) > 0 && add}
      </Group>
      {webhooks.error ? (
        <ProblemNotice error={webhooks.error} onRetry={() => void webhooks.refetch()} />
      ) : (
        <DataTable
          label="Webhooks"
          fit="rows"
          rows={webhooks.data ?? []}
          rowId={idOf}
          columns={columns}
          onOpen={({ name }) => void navigate({ to: '/p/$project/settings/webhooks/$webhook', params: { project, webhook: name } })}
          loading={webhooks.isPending}
          empty={
            <EmptyState title="No webhook yet" action={add} command={`mesh webhooks set NAME -P ${project} --url https://…`}>
              A webhook tells your CI, your chat or your catalogue what happens here, when it happens.
            </EmptyState>
          }
        />
      )}
      {adding && (
        <WebhookForm
          project={project}
          onClose={() => setAdding(false)}
          onDone={() => void queries.invalidateQueries({ queryKey: [project, 'webhooks'] })}
        />
      )}
    </>
  );
}
