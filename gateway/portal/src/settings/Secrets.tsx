import { ActionIcon, Button, Group, Menu, Textarea, TextInput } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { deleteSecret, type Secret, secretsQuery, setSecret } from './queries';
import classes from './Settings.module.css';

const idOf = (secret: Secret) => secret.name;

/** The secrets of the project, by name alone. */
export function Secrets() {
  const project = useProject();
  const secrets = useQuery(secretsQuery(project));
  const queries = useQueryClient();
  const [setting, setSetting] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const columns = useMemo<Column<Secret>[]>(
    () => [
      {
        id: 'name',
        header: 'Secret',
        width: 260,
        fixed: true,
        sortable: true,
        value: ({ name }) => name,
        cell: ({ name }) => <span className="mono">{name}</span>,
      },
      { id: 'updated', header: 'Set', width: 120, cell: ({ updatedAt }) => <RelativeTime at={updatedAt} /> },
      { id: 'by', header: 'By', width: 160, value: ({ updatedBy }) => updatedBy },
      {
        id: 'actions',
        header: 'Actions',
        width: 90,
        cell: ({ name }) => (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={`Actions of ${name}`} size="sm">
                <IconDots size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setSetting(name)}>Set another value…</Menu.Item>
              <Menu.Item color="var(--mesh-bad)" onClick={() => setDeleting(name)}>
                Delete…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
      },
    ],
    [],
  );
  const reload = () => void queries.invalidateQueries({ queryKey: [project, 'secrets'] });
  const add = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setSetting('')}>
      Set a secret
    </Button>
  );
  return (
    <>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs">
        <p className={classes.what}>
          Jobs get those that they name, as a variable or a file. Values are encrypted, never shown again, and blotted out of logs.
        </p>
        {(secrets.data?.length ?? 0) > 0 && add}
      </Group>
      {secrets.error ? (
        <ProblemNotice error={secrets.error} onRetry={() => void secrets.refetch()} />
      ) : (
        <DataTable
          label="Secrets"
          fit="rows"
          rows={secrets.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={secrets.isPending}
          empty={
            <EmptyState title="No secret yet" action={add}>
              Keys and passwords that jobs need and nobody should read in code or params.
            </EmptyState>
          }
        />
      )}
      {setting !== null && <SetSecret project={project} known={setting} onClose={() => setSetting(null)} onDone={reload} />}
      {deleting !== null && (
        <Confirm
          title={`Delete the secret ${deleting}?`}
          verb="Delete"
          act={() => deleteSecret(project, deleting)}
          onDone={reload}
          onClose={() => setDeleting(null)}
        >
          Its value is forgotten. Jobs that name it are refused until it is set again.
        </Confirm>
      )}
    </>
  );
}

function SetSecret({ project, known, onClose, onDone }: { project: string; known: string; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(known);
  const [value, setValue] = useState('');
  const set = useMutation({
    mutationFn: () => setSecret(project, name.trim(), value),
    onSuccess: () => {
      done(`Secret ${name} set`);
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog
      title={known ? `Set ${known}` : 'Set a secret'}
      verb="Set"
      action={set}
      disabled={name.trim() === '' || value === ''}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        placeholder="API_KEY"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        disabled={known !== ''}
        required
        autoComplete="off"
        {...(known === '' ? { 'data-autofocus': true } : {})}
      />
      <Textarea
        label="Value"
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        required
        autosize
        minRows={2}
        maxRows={8}
        autoComplete="off"
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
    </FormDialog>
  );
}
