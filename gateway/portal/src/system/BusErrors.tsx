import { ActionIcon, Menu, Stack } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { Confirm } from '../shell/Confirm';
import { done, failed } from '../shell/notices';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { type BusError, dropError, replayError } from './queries';

const idOf = (error: BusError) => `${error.service}/${error.id}`;

/** Events that a service could not handle: why, and what to do with them. */
export function BusErrors({ errors }: { errors: readonly BusError[] }) {
  const queries = useQueryClient();
  const [dropping, setDropping] = useState<BusError | null>(null);
  const columns = useMemo<Column<BusError>[]>(() => {
    const replay = async (error: BusError) => {
      try {
        await replayError(error);
        done(`${error.event.type} handed to ${error.service} again`);
      } catch (problem) {
        failed('Not handed over', problem);
      }
      await queries.invalidateQueries({ queryKey: ['bus'] });
    };
    return [
      { id: 'service', header: 'Service', width: 110, fixed: true, sortable: true, value: ({ service }) => service },
      { id: 'cause', header: 'Cause', width: 360, value: ({ cause }) => cause },
      { id: 'type', header: 'Event', width: 170, sortable: true, value: ({ event }) => event.type },
      { id: 'project', header: 'Project', width: 110, sortable: true, value: ({ event }) => event.project },
      { id: 'consumer', header: 'Consumer', width: 170, value: ({ consumer }) => consumer },
      { id: 'at', header: 'When', width: 100, cell: ({ at }) => <RelativeTime at={at} /> },
      {
        id: 'actions',
        header: 'Actions',
        width: 80,
        cell: (error) => (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={`Actions of ${error.event.type}`} size="sm">
                <IconDots size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => void replay(error)}>Hand over again</Menu.Item>
              <Menu.Item color="var(--mesh-bad)" onClick={() => setDropping(error)}>
                Drop…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
      },
    ];
  }, [queries]);
  return (
    <Stack gap="xs">
      <h2 style={{ margin: 0, fontSize: 'var(--mantine-font-size-sm)' }}>Events that could not be handled</h2>
      <DataTable label="Events that could not be handled" fit="rows" rows={errors} rowId={idOf} columns={columns} />
      {dropping && (
        <Confirm
          title={`Drop ${dropping.event.type}?`}
          verb="Drop"
          act={() => dropError(dropping)}
          onDone={() => void queries.invalidateQueries({ queryKey: ['bus'] })}
          onClose={() => setDropping(null)}
        >
          {dropping.service} never handles this event. What it would have done is left undone; the journal keeps the event.
        </Confirm>
      )}
    </Stack>
  );
}
