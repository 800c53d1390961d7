import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schema } from '../api/client';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { Screen } from '../shell/Screen';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { NewProject } from './NewProject';
import { projectsQuery } from './queries';

type Project = Schema<'ProjectInfo'>;

const columns: Column<Project>[] = [
  {
    id: 'name',
    header: 'Project',
    width: 220,
    sortable: true,
    fixed: true,
    value: ({ name }) => name,
    cell: ({ name }) => (
      <Link to="/p/$project" params={{ project: name }}>
        {name}
      </Link>
    ),
  },
  { id: 'status', header: 'Status', width: 110, value: ({ status }) => status, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'createdBy', header: 'Created by', width: 140, sortable: true, value: ({ createdBy }) => createdBy },
  {
    id: 'updatedAt',
    header: 'Changed',
    width: 130,
    sortable: true,
    value: ({ updatedAt }) => updatedAt,
    cell: ({ updatedAt }) => <RelativeTime at={updatedAt} />,
  },
  { id: 'description', header: 'Description', width: 360, value: ({ description }) => description },
];

const idOf = (project: Project) => project.name;

/** All projects that one has a role in. */
export function ProjectsScreen() {
  const projects = useQuery(projectsQuery);
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const create = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setCreating(true)}>
      New project
    </Button>
  );
  const none = projects.data?.length === 0;

  return (
    <Screen title="Projects" actions={none ? null : create}>
      {projects.error ? (
        <ProblemNotice error={projects.error} onRetry={() => void projects.refetch()} />
      ) : none ? (
        <EmptyState title="No project yet" command="mesh demo" action={create}>
          A project holds runs, models, data sets and endpoints that belong together, and the people who may work on them. The command fills
          one called demo; the button makes an empty one.
        </EmptyState>
      ) : (
        <DataTable
          label="Projects"
          fit="rows"
          rows={projects.data ?? []}
          rowId={idOf}
          columns={columns}
          loading={projects.isPending}
          onOpen={({ name }) => void navigate({ to: '/p/$project', params: { project: name } })}
        />
      )}
      <NewProject opened={creating} onClose={() => setCreating(false)} />
    </Screen>
  );
}
