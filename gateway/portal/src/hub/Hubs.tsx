import { ActionIcon, Button, Group, Menu, Stack, TextInput } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { counted } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { FormDialog } from '../shell/FormDialog';
import { done, failed } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { deleteHub, type Hub, hubsQuery, putHub, refreshHub } from './queries';

const idOf = (hub: Hub) => hub.name;

function sourceOf({ source }: Hub): string {
  if (source?.git) return [source.git.url, source.git.ref].filter(Boolean).join('@');
  return source?.folder ?? source?.artifact ?? 'what is published to it';
}

/** The hubs of a project: where their items come from, and what was wrong with them when they were last read. */
export function Hubs({ project }: { project: string }) {
  const hubs = useQuery(hubsQuery(project));
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const reload = useCallback(
    () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: [project, 'hubs'] }),
        queries.invalidateQueries({ queryKey: [project, 'functions', 'imports'] }),
      ]),
    [queries, project],
  );
  const refresh = useCallback(
    async (hub: string) => {
      try {
        const { found, added, faults } = await refreshHub(project, hub);
        done(
          `${hub}: ${counted(found, 'item')} found, ${counted(added.length, 'version')} new${faults.length > 0 ? `, ${counted(faults.length, 'fault')}` : ''}`,
        );
      } catch (error) {
        failed(`${hub} could not be read`, error);
      }
      await reload();
    },
    [project, reload],
  );
  const columns = useMemo<Column<Hub>[]>(
    () => [
      { id: 'name', header: 'Hub', width: 150, fixed: true, sortable: true, value: ({ name }) => name },
      { id: 'source', header: 'Items come from', width: 260, value: sourceOf },
      {
        id: 'faults',
        header: 'Faults',
        width: 110,
        value: ({ faults }) => faults.map((fault) => `${fault.path}${fault.line ? `:${fault.line}` : ''}: ${fault.message}`).join('\n'),
        cell: ({ faults }) =>
          faults.length > 0 && (
            <StatusBadge
              status="failed"
              label={counted(faults.length, 'fault')}
              cause={faults.map((fault) => `${fault.path}${fault.line ? `:${fault.line}` : ''}: ${fault.message}`).join(' ')}
            />
          ),
      },
      { id: 'revision', header: 'Revision', width: 120, value: ({ revision }) => revision, cell: ({ revision }) => revision?.slice(0, 10) },
      { id: 'read', header: 'Read', width: 100, cell: ({ refreshedAt }) => refreshedAt && <RelativeTime at={refreshedAt} /> },
      {
        id: 'actions',
        header: 'Actions',
        width: 80,
        align: 'right',
        cell: (hub) => (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={`Actions of ${hub.name}`} size="sm">
                <IconDots size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item disabled={!hub.source} onClick={() => void refresh(hub.name)}>
                Read the source again
              </Menu.Item>
              <Menu.Item color="var(--mesh-bad)" onClick={() => setRemoving(hub.name)}>
                Remove…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
      },
      { id: 'description', header: 'Description', width: 260, value: ({ description }) => description },
    ],
    [refresh],
  );
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
      Add a hub
    </Button>
  );

  return (
    <Stack gap="sm">
      {(hubs.data?.length ?? 0) > 0 && <Group justify="flex-end">{add}</Group>}
      {hubs.error ? (
        <ProblemNotice error={hubs.error} onRetry={() => void hubs.refetch()} />
      ) : (
        <DataTable
          label="Hubs"
          fit="rows"
          rows={hubs.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={hubs.isPending}
          empty={
            <EmptyState title="The team has no hub yet" command={`mesh hub add shelf -P ${project}`} action={add}>
              A hub of the team holds functions by version for others to import: those of a repository, a folder or an artifact, or those
              that are published to it.
            </EmptyState>
          }
        />
      )}
      {adding && <AddHub project={project} onClose={() => setAdding(false)} onDone={() => void reload()} />}
      {removing !== null && (
        <Confirm
          title={`Remove the hub ${removing}?`}
          verb="Remove"
          act={() => deleteHub(project, removing)}
          onDone={() => void reload()}
          onClose={() => setRemoving(null)}
        >
          Its items can be imported no more. Functions that were made of them stay and run as before.
        </Confirm>
      )}
    </Stack>
  );
}

function AddHub({ project, onClose, onDone }: { project: string; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [ref, setRef] = useState('');
  const [folder, setFolder] = useState('');
  const [secret, setSecret] = useState('');
  const [description, setDescription] = useState('');
  const optional = <K extends string>(key: K, value: string) => (value.trim() ? { [key]: value.trim() } : {});
  const add = useMutation({
    mutationFn: () =>
      putHub(project, name.trim(), {
        description: description.trim() || null,
        ...(url.trim()
          ? { source: { git: { url: url.trim(), ...optional('ref', ref), ...optional('folder', folder), ...optional('secret', secret) } } }
          : {}),
      }),
    onSuccess: (hub) => {
      if (hub.faults[0]) failed(`${hub.name} is there, with ${counted(hub.faults.length, 'fault')}`, new Error(hub.faults[0].message));
      else done(`Hub ${hub.name} added`);
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog title="Add a hub" verb="Add" action={add} disabled={name.trim() === ''} onClose={onClose}>
      <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} required data-autofocus />
      <TextInput label="Description" value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      <TextInput
        label="Repository"
        description="Address of a git repository with items. Empty: a hub for what is published to it."
        placeholder="https://… or ssh://…"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      {url.trim() !== '' && (
        <>
          <TextInput label="Branch, tag or commit" value={ref} onChange={(event) => setRef(event.currentTarget.value)} />
          <TextInput label="Folder in it" value={folder} onChange={(event) => setFolder(event.currentTarget.value)} />
          <TextInput
            label="Secret"
            description="Name of the project's secret that opens it."
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
        </>
      )}
    </FormDialog>
  );
}
