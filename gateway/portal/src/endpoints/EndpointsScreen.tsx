import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { count } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { StatusBadge } from '../shell/StatusBadge';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { DeployForm } from './DeployForm';
import { type Endpoint, endpointListQuery, monitorsQuery } from './queries';

const idOf = (endpoint: Endpoint) => endpoint.name;

/** The endpoints of a project with their health and drift. */
export function EndpointsScreen() {
  const project = useProject();
  const endpoints = useInfiniteQuery(endpointListQuery(project));
  const monitors = useQuery(monitorsQuery(project));
  const [deploying, setDeploying] = useState(false);
  const rows = useMemo(() => rowsOf(endpoints.data), [endpoints.data]);
  const columns = useMemo(
    (): Column<Endpoint>[] => [
      {
        id: 'name',
        header: 'Name',
        width: 240,
        fixed: true,
        sortable: true,
        value: (endpoint) => endpoint.name,
        cell: (endpoint) => (
          <ScreenLink to="/p/$project/endpoints/$endpoint" params={{ project, endpoint: endpoint.name }}>
            {endpoint.name}
          </ScreenLink>
        ),
      },
      { id: 'status', header: 'Status', width: 120, cell: (endpoint) => <StatusBadge status={endpoint.status} cause={endpoint.cause} /> },
      { id: 'model', header: 'Follows', width: 220, sortable: true, value: (endpoint) => `${endpoint.model}@${endpoint.alias}` },
      { id: 'version', header: 'Serves', width: 80, align: 'right', value: (endpoint) => endpoint.servingVersion },
      {
        id: 'drift',
        header: 'Drift',
        width: 150,
        cell: (endpoint) => {
          const monitor = monitors.data?.get(endpoint.name);
          return monitor ? <StatusBadge status={monitor.status} /> : <span className="quiet">not known</span>;
        },
      },
      {
        id: 'captured',
        header: 'Predictions',
        width: 110,
        align: 'right',
        sortable: true,
        value: (endpoint) => endpoint.captured,
        cell: (endpoint) => count(endpoint.captured),
      },
      {
        id: 'updated',
        header: 'Changed',
        width: 110,
        value: (endpoint) => endpoint.updatedAt,
        cell: (endpoint) => <RelativeTime at={endpoint.updatedAt} />,
      },
    ],
    [project, monitors.data],
  );
  const deploy = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setDeploying(true)}>
      Deploy
    </Button>
  );
  return (
    <Screen title="Endpoints" fill actions={rows.length > 0 && deploy}>
      {endpoints.error ? (
        <ProblemNotice error={endpoints.error} onRetry={() => void endpoints.refetch()} />
      ) : (
        <DataTable
          label="Endpoints"
          rows={rows}
          rowId={idOf}
          columns={columns}
          loading={endpoints.isPending}
          hasMore={endpoints.hasNextPage}
          onMore={() => void endpoints.fetchNextPage()}
          empty={
            <EmptyState title="No endpoint yet" command={`mesh endpoints deploy NAME MODEL@champion -P ${project}`} action={deploy}>
              An endpoint serves the version that an alias of a model points to, and is watched for drift.
            </EmptyState>
          }
        />
      )}
      {deploying && <DeployForm project={project} onClose={() => setDeploying(false)} />}
    </Screen>
  );
}
