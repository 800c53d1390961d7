import { ActionIcon, Button, Group, Select, TextInput } from '@mantine/core';
import { IconPlus, IconUserMinus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { meQuery } from '../api/session';
import { RelativeTime } from '../format/RelativeTime';
import { Confirm } from '../shell/Confirm';
import { FormDialog } from '../shell/FormDialog';
import { done, failed } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { type Member, membersQuery, removeMember, setMember } from './queries';
import { isAtLeast, roleIn, roles } from './roles';
import classes from './Settings.module.css';

const idOf = (member: Member) => member.user;

/** Who may do what in the project. */
export function Members() {
  const project = useProject();
  const members = useQuery(membersQuery(project));
  const me = useQuery(meQuery);
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const admin = isAtLeast(roleIn(me.data, project), 'admin');
  const self = me.data?.user;

  const columns = useMemo<Column<Member>[]>(() => {
    const change = async (user: string, role: string) => {
      try {
        await setMember(project, user, role);
        done(`${user} is ${role} now`);
      } catch (error) {
        failed(`${user} is as before`, error);
      }
      await queries.invalidateQueries({ queryKey: [project, 'members'] });
    };
    return [
      { id: 'user', header: 'User', width: 200, fixed: true, sortable: true, value: ({ user }) => user },
      {
        id: 'role',
        header: 'Role',
        width: 150,
        cell: ({ user, role }) =>
          admin ? (
            <Select
              aria-label={`Role of ${user}`}
              size="xs"
              variant="unstyled"
              data={roles.map(({ value }) => value)}
              value={String(role)}
              onChange={(next) => next && next !== role && void change(user, next)}
              allowDeselect={false}
              w={110}
            />
          ) : (
            String(role)
          ),
      },
      {
        id: 'may',
        header: 'May',
        width: 310,
        value: ({ role }) => roles.find(({ value }) => value === role)?.may,
      },
      { id: 'since', header: 'Since', width: 100, cell: ({ since }) => <RelativeTime at={since} /> },
      {
        id: 'remove',
        header: 'Remove',
        width: 80,
        cell: ({ user }) =>
          (admin || user === self) && (
            <ActionIcon aria-label={`Remove ${user}`} size="sm" onClick={() => setRemoving(user)}>
              <IconUserMinus size={15} />
            </ActionIcon>
          ),
      },
    ];
  }, [project, admin, self, queries]);

  const reload = () => void queries.invalidateQueries({ queryKey: [project, 'members'] });
  return (
    <>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs">
        <p className={classes.what}>Users are known by their names: who has a token or a role is one. The last owner stays.</p>
        {admin && (
          <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
            Add a member
          </Button>
        )}
      </Group>
      {members.error ? (
        <ProblemNotice error={members.error} onRetry={() => void members.refetch()} />
      ) : (
        <DataTable label="Members" fit="rows" rows={members.data ?? []} rowId={idOf} columns={columns} loading={members.isPending} />
      )}
      {adding && <AddMember project={project} onClose={() => setAdding(false)} onDone={reload} />}
      {removing !== null && (
        <Confirm
          title={`Remove ${removing} from ${project}?`}
          verb="Remove"
          act={() => removeMember(project, removing)}
          onDone={reload}
          onClose={() => setRemoving(null)}
        >
          {removing === self ? 'You lose' : `${removing} loses`} every right in this project at once. Tokens stay, without a right here.
        </Confirm>
      )}
    </>
  );
}

function AddMember({ project, onClose, onDone }: { project: string; onClose: () => void; onDone: () => void }) {
  const [user, setUser] = useState('');
  const [role, setRole] = useState<string>('editor');
  const add = useMutation({
    mutationFn: () => setMember(project, user.trim(), role),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog title="Add a member" verb="Add" action={add} disabled={user.trim() === ''} onClose={onClose}>
      <TextInput label="User" value={user} onChange={(event) => setUser(event.currentTarget.value)} required data-autofocus />
      <Select
        label="Role"
        description={roles.find(({ value }) => value === role)?.may}
        data={roles.map(({ value }) => value)}
        value={role}
        onChange={(next) => next && setRole(next)}
        allowDeselect={false}
      />
    </FormDialog>
  );
}
