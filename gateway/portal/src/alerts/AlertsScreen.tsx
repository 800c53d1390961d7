import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { count } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { duration } from '../format/times';
import { subjectOf } from '../functions/jobDraft';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { done } from '../shell/notices';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { AlertDrawer } from './AlertDrawer';
import { AlertForm } from './AlertForm';
import { deleteRule, type Rule, rulesQuery } from './queries';
import type { AlertsSearch } from './search';

const idOf = (rule: Rule) => rule.name;

/** The alert rules of a project: on which event each acts, and how often it did. */
export function AlertsScreen() {
  const project = useProject();
  const { rule: opened, on, subject } = useSearch({ from: '/frame/p/$project/alerts' });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const rules = useQuery(rulesQuery(project));
  const [doing, setDoing] = useState<{ action: 'create' | 'edit' | 'delete'; rule?: Rule } | null>(null);
  const show = (search: AlertsSearch) => void navigate({ to: '/p/$project/alerts', params: { project }, search });
  const refresh = () => void queries.invalidateQueries({ queryKey: [project, 'alerts'] });
  const columns = useMemo(() => columnsOf(project, (action, rule) => setDoing({ action, rule })), [project]);
  const shown = rules.data?.find(({ name }) => name === opened);
  const create = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setDoing({ action: 'create' })}>
      New alert
    </Button>
  );
  const editing = doing?.action === 'create' || doing?.action === 'edit' || on !== undefined;
  return (
    <Screen title="Alerts" fill beside={<LiveMark />} actions={rules.data?.length === 0 ? null : create}>
      {rules.error ? (
        <ProblemNotice error={rules.error} onRetry={() => void rules.refetch()} />
      ) : (
        <DataTable
          label="Alert rules"
          rows={rules.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={rules.isPending}
          onOpen={(rule) => show({ rule: rule.name })}
          empty={
            <EmptyState
              title="No alert yet"
              command={`mesh alerts define retrain --on drift.detected --item auto-trainer -P ${project}`}
              action={create}
            >
              An alert waits for an event, such as drift at an endpoint or a failed run, and submits a job when it comes.
            </EmptyState>
          }
        />
      )}
      {shown && (
        <AlertDrawer project={project} rule={shown} onClose={() => show({})} onAct={(action) => setDoing({ action, rule: shown })} />
      )}
      {editing && (
        <AlertForm
          project={project}
          rule={doing?.rule}
          on={on}
          subject={subject}
          onClose={() => {
            setDoing(null);
            if (on !== undefined) show({});
          }}
          onDone={refresh}
        />
      )}
      {doing?.action === 'delete' && doing.rule && (
        <Confirm
          title={`Delete the alert ${doing.rule.name}?`}
          verb="Delete"
          act={() => deleteRule(project, doing.rule?.name ?? '')}
          onDone={() => {
            done(`${doing.rule?.name} is deleted`);
            show({});
            refresh();
          }}
          onClose={() => setDoing(null)}
        >
          It acts on nothing more. The jobs that it submitted, and their runs, stay.
        </Confirm>
      )}
    </Screen>
  );
}

const columnsOf = (project: string, act: (action: 'edit' | 'delete', rule: Rule) => void): Column<Rule>[] => [
  {
    id: 'name',
    header: 'Alert',
    width: 180,
    fixed: true,
    sortable: true,
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link to="/p/$project/alerts" params={{ project }} search={{ rule: name }}>
        {name}
      </Link>
    ),
  },
  { id: 'on', header: 'On', width: 150, sortable: true, value: ({ eventType }) => eventType },
  { id: 'subject', header: 'Of', width: 150, value: ({ subject }) => subject ?? 'anything' },
  { id: 'submits', header: 'Submits', width: 150, value: ({ action }) => action.job && subjectOf(action.job) },
  {
    id: 'activations',
    header: 'Acted',
    width: 80,
    align: 'right',
    sortable: true,
    value: ({ activations }) => activations,
    cell: ({ activations }) => count(activations),
  },
  {
    id: 'last',
    header: 'Last',
    width: 100,
    sortable: true,
    value: ({ lastActivatedAt }) => lastActivatedAt,
    cell: ({ lastActivatedAt }) => lastActivatedAt && <RelativeTime at={lastActivatedAt} />,
  },
  {
    id: 'suppressed',
    header: 'Let pass',
    width: 90,
    align: 'right',
    value: ({ suppressed }) => suppressed || null,
    cell: ({ suppressed }) => (suppressed ? count(suppressed) : undefined),
  },
  {
    id: 'cooldown',
    header: 'Pause',
    width: 90,
    align: 'right',
    value: ({ cooldownSeconds }) => cooldownSeconds || null,
    cell: ({ cooldownSeconds }) => (cooldownSeconds ? duration(cooldownSeconds * 1000) : undefined),
  },
  {
    id: 'actions',
    header: 'Actions',
    width: 80,
    align: 'right',
    cell: (rule) => (
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`Actions of ${rule.name}`} size="sm">
            <IconDots size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => act('edit', rule)}>Edit…</Menu.Item>
          <Menu.Divider />
          <Menu.Item color="var(--mesh-bad)" onClick={() => act('delete', rule)}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    ),
  },
  { id: 'description', header: 'Description', width: 260, value: ({ description }) => description },
];
