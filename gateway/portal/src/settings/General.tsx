import { Button, Group, NumberInput, Skeleton, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Schema } from '../api/client';
import { meQuery } from '../api/session';
import { bytes, counted } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { functionsQuery } from '../functions/queries';
import { forgetProject } from '../projects/lastProject';
import { experimentsQuery, retentionQuery } from '../runs/queries';
import { schedulesQuery } from '../schedules/queries';
import { Confirm } from '../shell/Confirm';
import { Facts } from '../shell/Facts';
import { done } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { StatusBadge } from '../shell/StatusBadge';
import {
  archiveProject,
  deleteProject,
  describeProject,
  projectQuery,
  restoreProject,
  setRetention,
  setStorage,
  storageQuery,
} from './queries';
import { isAtLeast, roleIn } from './roles';
import classes from './Settings.module.css';

const gigabyte = 1_000_000_000;

/** What a project is, how much it may store, how long it keeps what was deleted, and its end. */
export function General() {
  const project = useProject();
  const info = useQuery(projectQuery(project));
  const storage = useQuery(storageQuery(project));
  const retention = useQuery(retentionQuery(project));
  const me = useQuery(meQuery);
  const role = roleIn(me.data, project);
  const problem = info.error ?? storage.error ?? retention.error;

  if (problem)
    return <ProblemNotice error={problem} onRetry={() => void Promise.all([info.refetch(), storage.refetch(), retention.refetch()])} />;
  if (!info.data || !storage.data || !retention.data) return <Skeleton height={400} />;
  const admin = isAtLeast(role, 'admin');
  return (
    <Stack gap="md">
      <Panel title="Project" aside={<StatusBadge status={info.data.status} />}>
        <Facts
          of={[
            ['Name', info.data.name],
            [
              'Created',
              <span key="created">
                <RelativeTime at={info.data.createdAt} /> by {info.data.createdBy}
              </span>,
            ],
            ['Your role', me.data?.platformAdmin ? 'administrator of the platform' : role],
          ]}
        />
        <Description key={info.data.version} project={project} description={info.data.description} disabled={!admin} />
      </Panel>
      <Storage
        key={`${storage.data.quotaBytes} ${storage.data.store}`}
        project={project}
        storage={storage.data}
        admin={me.data?.platformAdmin === true}
      />
      <Retention
        key={retention.data.purgeDeletedAfterDays}
        project={project}
        days={retention.data.purgeDeletedAfterDays ?? null}
        disabled={!admin}
      />
      <End project={project} info={info.data} admin={admin} owner={isAtLeast(role, 'owner')} />
    </Stack>
  );
}

function useSaving(act: () => Promise<unknown>, said: string, keys: readonly unknown[][]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      done(said);
      await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}

function Description({ project, description, disabled }: { project: string; description: string | null; disabled: boolean }) {
  const [text, setText] = useState(description ?? '');
  const save = useSaving(() => describeProject(project, text.trim() || null), 'Description saved', [[project, 'project'], ['projects']]);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="xs">
        <Textarea
          label="Description"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={2}
          disabled={disabled}
        />
        {save.error && <ProblemNotice error={save.error} />}
        {!disabled && (
          <Group>
            <Button type="submit" variant="default" loading={save.isPending} disabled={text.trim() === (description ?? '')}>
              Save the description
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function Storage({ project, storage, admin }: { project: string; storage: Schema<'ProjectStorageInfo'>; admin: boolean }) {
  const own = storage.isOwnQuota && storage.quotaBytes ? Number(storage.quotaBytes) / gigabyte : '';
  const [quota, setQuota] = useState<number | string>(own);
  const [store, setStore] = useState(storage.store ?? '');
  const save = useSaving(
    () =>
      setStorage(project, {
        quotaBytes: quota === '' ? null : Math.round(Number(quota) * gigabyte),
        store: store.trim() || null,
        ...(storage.prefix ? { prefix: storage.prefix } : {}),
      }),
    'Storage saved',
    [[project, 'artifacts', 'storage']],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Panel title="Storage">
      <Facts
        of={[
          ['Stored', `${bytes(Number(storage.usedBytes))} in ${counted(Number(storage.blobs), 'blob')}`],
          ['Being uploaded', Number(storage.openUploadBytes) > 0 ? bytes(Number(storage.openUploadBytes)) : null],
          [
            'May store',
            storage.quotaBytes ? `${bytes(Number(storage.quotaBytes))}${storage.isOwnQuota ? '' : ' (as any project)'}` : 'without limit',
          ],
          ['New bytes go to', storage.store && `store ${storage.store}${storage.prefix ? `, below ${storage.prefix}` : ''}`],
        ]}
      />
      {admin && (
        <form className={classes.form} onSubmit={submit}>
          <Stack gap="xs">
            <Group align="flex-end" gap="sm">
              <NumberInput
                label="Quota in GB"
                description="Empty: as the platform has it."
                min={0}
                value={quota}
                onChange={setQuota}
                w={180}
              />
              <TextInput
                label="Store"
                description="What is stored already stays."
                value={store}
                onChange={(event) => setStore(event.currentTarget.value)}
                w={200}
              />
              <Button type="submit" variant="default" loading={save.isPending} disabled={quota === own && store === (storage.store ?? '')}>
                Save the storage
              </Button>
            </Group>
            {save.error && <ProblemNotice error={save.error} />}
          </Stack>
        </form>
      )}
    </Panel>
  );
}

function Retention({ project, days, disabled }: { project: string; days: number | null; disabled: boolean }) {
  const [value, setValue] = useState<number | string>(days ?? '');
  const save = useSaving(() => setRetention(project, value === '' ? null : Number(value)), 'Retention saved', [[project, 'retention']]);
  return (
    <Panel title="Deleted runs">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="xs">
          <Group align="flex-end" gap="sm">
            <NumberInput
              label="Purged after … days"
              description="Empty: kept until somebody purges them."
              min={1}
              allowDecimal={false}
              value={value}
              onChange={setValue}
              disabled={disabled}
              w={260}
            />
            {!disabled && (
              <Button type="submit" variant="default" loading={save.isPending} disabled={value === (days ?? '')}>
                Save the retention
              </Button>
            )}
          </Group>
          {save.error && <ProblemNotice error={save.error} />}
        </Stack>
      </form>
    </Panel>
  );
}

function End({ project, info, admin, owner }: { project: string; info: Schema<'ProjectInfo'>; admin: boolean; owner: boolean }) {
  const [asking, setAsking] = useState<'archive' | 'delete' | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const restore = useSaving(() => restoreProject(project), `${project} restored`, [[project, 'project'], ['projects']]);
  const reload = () =>
    void Promise.all([queries.invalidateQueries({ queryKey: [project] }), queries.invalidateQueries({ queryKey: ['projects'] })]);
  const archived = info.status === 'archived';
  return (
    <Panel title="Archive and delete">
      <div className={classes.danger}>
        <p>
          {archived
            ? 'The project is archived: everything can be read, nothing changed. Restoring opens it again.'
            : 'An archived project can be read but not changed; it can be restored.'}
        </p>
        {archived ? (
          <Button variant="default" disabled={!admin} loading={restore.isPending} onClick={() => restore.mutate()}>
            Restore
          </Button>
        ) : (
          <Button variant="default" disabled={!admin || info.status !== 'active'} onClick={() => setAsking('archive')}>
            Archive…
          </Button>
        )}
      </div>
      {restore.error && <ProblemNotice error={restore.error} />}
      <div className={classes.danger}>
        <p>Deleting removes the project with all that is in it, for good.</p>
        <Button color="red.8" disabled={!owner || info.status === 'deleting'} onClick={() => setAsking('delete')}>
          Delete…
        </Button>
      </div>
      {asking === 'archive' && (
        <Confirm
          title={`Archive ${project}?`}
          verb="Archive"
          act={() => archiveProject(project)}
          onDone={reload}
          onClose={() => setAsking(null)}
        >
          Nothing in it can be changed until it is restored: no runs, no jobs, no deployments. Nothing is removed.
        </Confirm>
      )}
      {asking === 'delete' && (
        <Confirm
          title={`Delete ${project} for good?`}
          verb="Delete everything"
          typed={project}
          act={() => deleteProject(project)}
          onDone={() => {
            forgetProject();
            done(`${project} is being deleted`);
            reload();
            void navigate({ to: '/', search: { all: true } });
          }}
          onClose={() => setAsking(null)}
        >
          <Removed project={project} />
        </Confirm>
      )}
    </Panel>
  );
}

/** What deleting the project removes, counted. */
function Removed({ project }: { project: string }) {
  const experiments = useQuery(experimentsQuery(project));
  const storage = useQuery(storageQuery(project));
  const functions = useQuery(functionsQuery(project));
  const schedules = useQuery(schedulesQuery(project));
  const runs = experiments.data?.reduce((sum, one) => sum + Number(one.runs), 0);
  return (
    <>
      <p style={{ margin: 0 }}>This removes, for good and for everybody:</p>
      <ul style={{ margin: '6px 0' }}>
        <li>{runs === undefined ? 'all runs' : counted(runs, 'run')} with params, metrics and logs</li>
        <li>
          {storage.data ? bytes(Number(storage.data.usedBytes)) : 'all'} of artifacts, data sets and models, with every version and alias
        </li>
        <li>all endpoints with what they captured, all monitors, alert rules and webhooks</li>
        <li>
          {functions.data ? counted(functions.data.length, 'function') : 'all functions'},{' '}
          {schedules.data ? counted(schedules.data.length, 'schedule') : 'all schedules'}, all jobs and hubs
        </li>
        <li>members and secrets</li>
      </ul>
    </>
  );
}
