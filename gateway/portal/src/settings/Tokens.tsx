import { Badge, Button, Group, Select, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useNow } from '../format/now';
import { RelativeTime } from '../format/RelativeTime';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { FormDialog } from '../shell/FormDialog';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { SecretOnce } from '../shell/SecretOnce';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { createToken, revokeToken, type Token, tokensQuery } from './queries';
import { roles } from './roles';
import classes from './Settings.module.css';
import { isEndless, lifetimes, tokenState } from './tokens';

const idOf = (token: Token) => token.id;

/** The access tokens of who is signed in: for programs and the command line. */
export function Tokens() {
  const project = useProject();
  const tokens = useQuery(tokensQuery);
  const queries = useQueryClient();
  const now = useNow();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const columns = useMemo<Column<Token>[]>(
    () => [
      { id: 'name', header: 'Token', width: 160, fixed: true, sortable: true, value: ({ name }) => name },
      { id: 'state', header: 'State', width: 90, cell: (token) => <StatusBadge status={tokenState(token, now)} /> },
      { id: 'role', header: 'At most', width: 84, value: ({ role }) => String(role) },
      {
        id: 'projects',
        header: 'Projects',
        width: 150,
        value: ({ projects }) => projects?.join(', ') ?? 'all',
        cell: ({ projects }) =>
          projects ? (
            <Group gap={4} wrap="nowrap">
              {projects.map((one) => (
                <Badge key={one}>{one}</Badge>
              ))}
            </Group>
          ) : (
            <span className="quiet">all</span>
          ),
      },
      { id: 'created', header: 'Created', width: 96, cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
      {
        id: 'expires',
        header: 'Ends',
        width: 100,
        cell: (token) => (isEndless(token) ? <span className="quiet">never</span> : <RelativeTime at={token.expiresAt} />),
      },
      {
        id: 'revoke',
        header: 'Actions',
        width: 100,
        cell: (token) =>
          tokenState(token, now) === 'active' && (
            <Button variant="subtle" size="compact-xs" color="red" onClick={() => setRevoking(token)}>
              Revoke…
            </Button>
          ),
      },
    ],
    [now],
  );
  const reload = () => void queries.invalidateQueries({ queryKey: ['tokens'] });
  const create = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setCreating(true)}>
      New token
    </Button>
  );
  return (
    <>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs">
        <p className={classes.what}>
          Yours, for programs and the command line. A token may at most what you may, and less if it is limited to a role or to projects.
        </p>
        {create}
      </Group>
      {tokens.error ? (
        <ProblemNotice error={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : (
        <DataTable
          label="Access tokens"
          fit="rows"
          rows={tokens.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={tokens.isPending}
          empty={
            <EmptyState title="No token yet" action={create}>
              A token lets a program or the command line act in your name.
            </EmptyState>
          }
        />
      )}
      {creating && <NewToken project={project} onClose={() => setCreating(false)} onDone={reload} />}
      {revoking && (
        <Confirm
          title={`Revoke ${revoking.name}?`}
          verb="Revoke"
          act={() => revokeToken(revoking.id)}
          onDone={reload}
          onClose={() => setRevoking(null)}
        >
          Whatever uses it is refused from now on. There is no way back.
        </Confirm>
      )}
    </>
  );
}

function NewToken({ project, onClose, onDone }: { project: string; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>('editor');
  const [scope, setScope] = useState<string>('this');
  const [lifetime, setLifetime] = useState<string>(lifetimes[2]?.value ?? '');
  const create = useMutation({
    mutationFn: () =>
      createToken({
        name: name.trim(),
        role: role as 'viewer' | 'editor' | 'admin' | 'owner',
        expiresInSeconds: Number(lifetime),
        ...(scope === 'this' ? { projects: [project] } : {}),
      }),
    onSuccess: onDone,
  });
  const made = create.data;
  if (made)
    return (
      <SecretOnce title={`Token ${made.token.name}`} secret={made.secret} onClose={onClose}>
        Copy it now, and keep it as you keep a password.
      </SecretOnce>
    );
  return (
    <FormDialog title="New access token" verb="Create" action={create} disabled={name.trim() === ''} onClose={onClose}>
      <TextInput
        label="Name"
        description="What it is for: it is shown in lists, and in the audit."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <Select
        label="Role at most"
        description={roles.find(({ value }) => value === role)?.may}
        data={roles.map(({ value }) => value)}
        value={role}
        onChange={(next) => next && setRole(next)}
        allowDeselect={false}
      />
      <Select
        label="In"
        data={[
          { value: 'this', label: `${project} alone` },
          { value: 'all', label: 'all projects that you have a role in' },
        ]}
        value={scope}
        onChange={(next) => next && setScope(next)}
        allowDeselect={false}
      />
      <Select label="Ends after" data={lifetimes} value={lifetime} onChange={(next) => next && setLifetime(next)} allowDeselect={false} />
    </FormDialog>
  );
}
