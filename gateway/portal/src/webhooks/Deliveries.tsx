import { SegmentedControl } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { rowsOf } from '../api/paging';
import { useNow } from '../format/now';
import { measure } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { DeliveryDrawer } from './DeliveryDrawer';
import { type Delivery, deliveriesQuery, type Webhook } from './queries';
import { type DeliveryFilter, deliveryStates, type WebhookSearch } from './search';
import classes from './Webhooks.module.css';

const idOf = (delivery: Delivery) => String(delivery.id);

const columns: Column<Delivery>[] = [
  {
    id: 'state',
    header: 'State',
    width: 104,
    value: ({ state }) => String(state),
    cell: ({ state, cause }) => <StatusBadge status={String(state)} cause={cause} />,
  },
  { id: 'type', header: 'Type', width: 170, value: ({ type }) => type, cell: ({ type }) => <span className="mono">{type}</span> },
  {
    id: 'subject',
    header: 'About',
    width: 150,
    value: ({ subject }) => subject,
    cell: ({ subject }) => <span className="mono">{subject}</span>,
  },
  { id: 'attempts', header: 'Attempts', width: 80, align: 'right', value: ({ attempts }) => Number(attempts) },
  {
    id: 'status',
    header: 'Answer',
    width: 74,
    align: 'right',
    value: ({ statusCode }) => (statusCode == null ? null : String(statusCode)),
  },
  {
    id: 'latency',
    header: 'Latency',
    width: 90,
    align: 'right',
    value: ({ latencyMs }) => (latencyMs == null ? null : `${measure(Number(latencyMs), 3)} ms`),
  },
  { id: 'last', header: 'Last attempt', width: 104, cell: ({ lastAttemptAt }) => <RelativeTime at={lastAttemptAt} /> },
  { id: 'next', header: 'Next attempt', width: 104, cell: (delivery) => <Next delivery={delivery} /> },
];

// What is due and was not tried waits for those of its subject before it, or for the webhook to go on.
function Next({ delivery: { nextAttemptAt } }: { delivery: Delivery }) {
  const now = useNow();
  return nextAttemptAt && Date.parse(nextAttemptAt) < now ? (
    <span className="quiet">in its turn</span>
  ) : (
    <RelativeTime at={nextAttemptAt} />
  );
}

/** What was posted, waits or was given up, newest first. */
export function Deliveries({ project, webhook }: { project: string; webhook: Webhook }) {
  const search = useSearch({ from: '/frame/p/$project/settings/webhooks/$webhook' });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const deliveries = useInfiniteQuery(deliveriesQuery(project, webhook.name, search.state));
  const rows = rowsOf(deliveries.data);
  const opened = rows.find(({ id }) => Number(id) === search.delivery);
  const set = (change: { [K in keyof WebhookSearch]: WebhookSearch[K] | null }) =>
    void navigate({
      to: '/p/$project/settings/webhooks/$webhook',
      params: { project, webhook: webhook.name },
      search: Object.fromEntries(Object.entries({ ...search, ...change }).filter(([, value]) => value !== null && value !== undefined)),
    });
  const reload = () => void queries.invalidateQueries({ queryKey: [project, 'webhooks'] });
  return (
    <>
      <div className={classes.deliveries}>
        <h3>Deliveries</h3>
        <SegmentedControl
          aria-label="State of deliveries"
          size="xs"
          ml="auto"
          data={[
            { value: '', label: 'All' },
            ...deliveryStates.map((state) => ({
              value: state,
              label: state === 'pending' ? `pending (${webhook.pending})` : state === 'failed' ? `failed (${webhook.failed})` : state,
            })),
          ]}
          value={search.state ?? ''}
          onChange={(state) => set({ state: state === '' ? null : (state as DeliveryFilter), delivery: null })}
        />
      </div>
      {deliveries.error ? (
        <ProblemNotice error={deliveries.error} onRetry={() => void deliveries.refetch()} />
      ) : (
        <DataTable
          label="Deliveries"
          fit="rows"
          rows={rows}
          rowId={idOf}
          columns={columns}
          onOpen={({ id }) => set({ delivery: Number(id) })}
          loading={deliveries.isPending}
          hasMore={deliveries.hasNextPage && !deliveries.isFetchNextPageError}
          onMore={() => !deliveries.isFetchingNextPage && void deliveries.fetchNextPage()}
          empty={
            search.state ? (
              <EmptyState title={`None is ${search.state}`}>No delivery of this webhook is in that state.</EmptyState>
            ) : (
              <EmptyState title="Nothing was posted yet" command={`mesh webhooks test ${webhook.name} -P ${project}`}>
                The next event that fits is posted; a test shows at once whether the receiver answers.
              </EmptyState>
            )
          }
        />
      )}
      {opened && (
        <DeliveryDrawer
          project={project}
          webhook={webhook.name}
          delivery={opened}
          onClose={() => set({ delivery: null })}
          onDone={reload}
        />
      )}
    </>
  );
}
