import { Badge, Button, MultiSelect, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { Chart } from '../charts/Chart';
import { Legend } from '../charts/Legend';
import { DeployForm } from '../endpoints/DeployForm';
import { measureInColumn } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { Columns, PanelColumn } from '../shell/Columns';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import type { Column } from '../tables/column';
import { DataTable } from '../tables/DataTable';
import { AliasesAndGates } from './AliasesAndGates';
import classes from './Models.module.css';
import { modelQuery, type Version, versionsQuery } from './queries';
import { metricsOf, seriesOf } from './versions';

const idOf = (version: Version) => String(version.version);
const asVersion = (x: number) => (Number.isInteger(x) ? String(x) : '');

/** One model: its versions, their metrics, what its aliases demand. */
export function ModelScreen() {
  const project = useProject();
  const { model: name } = useParams({ from: '/frame/p/$project/models/$model' });
  const model = useQuery(modelQuery(project, name));
  const versions = useInfiniteQuery(versionsQuery(project, name));
  const rows = useMemo(() => rowsOf(versions.data), [versions.data]);
  const metrics = useMemo(() => metricsOf(rows), [rows]);
  const columns = useMemo(() => columnsOf(project, name, metrics), [project, name, metrics]);
  const { metrics: chosen } = useSearch({ from: '/frame/p/$project/models/$model' });
  const navigate = useNavigate();
  const [deploying, setDeploying] = useState(false);
  const drawn = useMemo(() => chosen?.split(',').filter((one) => metrics.includes(one)) ?? metrics.slice(0, 4), [chosen, metrics]);
  const series = useMemo(() => drawn.map((metric) => seriesOf(rows, metric)), [rows, drawn]);
  const above = (
    <ScreenLink to="/p/$project/models" params={{ project }}>
      Models
    </ScreenLink>
  );
  const error = model.error ?? versions.error;
  if (error) {
    return (
      <Screen title={name} above={above}>
        <ProblemNotice error={error} onRetry={() => void Promise.all([model.refetch(), versions.refetch()])} />
      </Screen>
    );
  }

  return (
    <Screen
      title={name}
      above={above}
      beside={Object.entries(model.data?.aliases ?? {}).map(([alias, version]) => (
        <Badge key={alias}>
          {alias} → {version}
        </Badge>
      ))}
      actions={
        rows.length > 0 && (
          <>
            {rows.length > 1 && (
              <Button
                variant="default"
                renderRoot={(props) => <Link to="/p/$project/models/$model/compare" params={{ project, model: name }} {...props} />}
              >
                Compare
              </Button>
            )}
            <Button variant="default" onClick={() => setDeploying(true)}>
              Deploy…
            </Button>
          </>
        )
      }
    >
      {!model.data ? (
        <Skeleton height={260} />
      ) : (
        <PanelColumn>
          {model.data.description && <p className={classes.text}>{model.data.description}</p>}
          <DataTable
            label="Versions"
            fit="rows"
            rows={rows}
            rowId={idOf}
            columns={columns}
            loading={versions.isPending}
            hasMore={versions.hasNextPage}
            onMore={() => void versions.fetchNextPage()}
            empty={
              <EmptyState compact title="No version yet" command={`mesh models register ${name} --run RUN -P ${project}`}>
                Each version is a file that a run made, with its metrics and signature.
              </EmptyState>
            }
          />
          <Columns>
            {rows.length > 1 && metrics.length > 0 && (
              <Panel title="Metrics across versions" aside={<Legend series={series} />}>
                <MultiSelect
                  aria-label="Metrics of the chart"
                  className={classes.metrics ?? ''}
                  data={metrics}
                  value={drawn}
                  onChange={(next) =>
                    void navigate({
                      to: '/p/$project/models/$model',
                      params: { project, model: name },
                      search: { metrics: next.join(',') },
                      replace: true,
                      resetScroll: false,
                    })
                  }
                  maxValues={10}
                  searchable
                  size="xs"
                />
                <div className={classes.chart}>
                  <Chart
                    label={`Metrics of ${name} across its versions`}
                    series={series}
                    xLabel="Version"
                    formatX={asVersion}
                    height={240}
                  />
                </div>
              </Panel>
            )}
            <AliasesAndGates project={project} model={model.data} metrics={metrics} />
          </Columns>
        </PanelColumn>
      )}
      {deploying && <DeployForm project={project} model={name} onClose={() => setDeploying(false)} />}
    </Screen>
  );
}

const columnsOf = (project: string, model: string, metrics: readonly string[]): Column<Version>[] => [
  {
    id: 'version',
    header: 'Version',
    width: 90,
    fixed: true,
    sortable: true,
    value: (version) => version.version,
    cell: (version) => (
      <ScreenLink to="/p/$project/models/$model/$version" params={{ project, model, version: String(version.version) }}>
        {version.version}
      </ScreenLink>
    ),
  },
  {
    id: 'aliases',
    header: 'Aliases',
    width: 160,
    cell: (version) =>
      (version.aliases ?? []).map((alias) => (
        <Badge key={alias} mr={6}>
          {alias}
        </Badge>
      )),
  },
  { id: 'framework', header: 'Framework', width: 100, value: (version) => version.framework },
  ...metrics.slice(0, 40).map(
    (metric): Column<Version> => ({
      id: `metric ${metric}`,
      header: metric,
      width: 120,
      align: 'right',
      sortable: true,
      value: (version) => (version.metrics?.[metric] === undefined ? null : Number(version.metrics[metric])),
      cell: (version) => (version.metrics?.[metric] === undefined ? undefined : measureInColumn(Number(version.metrics[metric]))),
    }),
  ),
  { id: 'by', header: 'By', width: 120, value: (version) => version.createdBy },
  {
    id: 'created',
    header: 'Registered',
    width: 110,
    sortable: true,
    value: (version) => version.createdAt,
    cell: (version) => <RelativeTime at={version.createdAt} />,
  },
];
