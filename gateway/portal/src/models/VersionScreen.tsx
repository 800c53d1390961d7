import { Badge, Button, SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { DeployForm } from '../endpoints/DeployForm';
import { bytes, count, measure } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { ThingLineage } from '../lineage/ThingLineage';
import { Columns, PanelColumn } from '../shell/Columns';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { AliasDialog } from './AliasDialog';
import { Approval } from './Approval';
import { Card } from './Card';
import classes from './Models.module.css';
import { PromoteDialog } from './PromoteDialog';
import { modelQuery, versionQuery } from './queries';

/** One version: what it takes and gives, how good it is, where it came from, what follows it. */
export function VersionScreen() {
  const project = useProject();
  const { model: name, version: number } = useParams({ from: '/frame/p/$project/models/$model/$version' });
  const search = useSearch({ from: '/frame/p/$project/models/$model/$version' });
  const { view } = search;
  const navigate = useNavigate({ from: '/p/$project/models/$model/$version' });
  const version = useQuery(versionQuery(project, name, number));
  const model = useQuery(modelQuery(project, name));
  const [doing, setDoing] = useState<'promote' | 'alias' | 'deploy' | null>(null);
  const data = version.data;
  const statistics = new Map((data?.statistics?.columns ?? []).map((column) => [column.name, column]));
  return (
    <Screen
      title={`${name} ${data?.version ?? number}`}
      above={
        <ScreenLink to="/p/$project/models/$model" params={{ project, model: name }}>
          {name}
        </ScreenLink>
      }
      beside={(data?.aliases ?? []).map((alias) => <Badge key={alias}>{alias}</Badge>)}
      actions={
        data && (
          <>
            <Button
              component="a"
              variant="default"
              href={`/api/v1/projects/${encodeURIComponent(project)}/models/${encodeURIComponent(name)}/versions/${data.version}/content`}
              download
            >
              Download
            </Button>
            <Button variant="default" onClick={() => setDoing('alias')}>
              Set alias…
            </Button>
            <Button variant="default" onClick={() => setDoing('deploy')}>
              Deploy…
            </Button>
            <Button onClick={() => setDoing('promote')}>Promote…</Button>
          </>
        )
      }
    >
      <SegmentedControl
        aria-label="View"
        mb="sm"
        w="fit-content"
        value={view ?? 'overview'}
        data={[
          { value: 'overview', label: 'Overview' },
          { value: 'card', label: 'Card' },
          { value: 'lineage', label: 'Lineage' },
        ]}
        onChange={(next) => void navigate({ search: next === 'lineage' || next === 'card' ? { view: next } : {}, replace: true })}
      />
      {version.error ? (
        <ProblemNotice error={version.error} onRetry={() => void version.refetch()} />
      ) : !data ? (
        <Skeleton height={300} />
      ) : view === 'card' ? (
        <Card project={project} model={name} version={data.version} />
      ) : view === 'lineage' ? (
        <ThingLineage
          kind="registered-model"
          name={`${name}@${data.version}`}
          search={search}
          onChange={({ dir, depth }) =>
            void navigate({ search: { view: 'lineage', ...(dir ? { dir } : {}), ...(depth ? { depth } : {}) }, replace: true })
          }
        />
      ) : (
        <Columns>
          <PanelColumn>
            {data.description && <p className={classes.text}>{data.description}</p>}
            <Panel title="Signature">
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard. */}
              <section className={classes.scroller} tabIndex={0} aria-label="Columns">
                <table className={classes.signature}>
                  <thead>
                    <tr>
                      <th scope="col">Column</th>
                      <th scope="col">Type</th>
                      <th scope="col">Mean in training</th>
                      <th scope="col">Lowest</th>
                      <th scope="col">Highest</th>
                      <th scope="col">Missing</th>
                    </tr>
                  </thead>
                  <tbody>
                    {(data.signature?.inputs ?? []).map((column) => {
                      const seen = statistics.get(column.name);
                      return (
                        <tr key={column.name}>
                          <th scope="row" className="line" title={column.name}>
                            {column.name}
                          </th>
                          <td>{column.type}</td>
                          <td>{seen?.mean == null ? '–' : measure(Number(seen.mean))}</td>
                          <td>{seen?.min == null ? '–' : measure(Number(seen.min))}</td>
                          <td>{seen?.max == null ? '–' : measure(Number(seen.max))}</td>
                          <td>{seen ? count(seen.missing) : '–'}</td>
                        </tr>
                      );
                    })}
                    {(data.signature?.outputs ?? []).map((column) => (
                      <tr key={column.name} data-output>
                        <th scope="row" className="line" title={column.name}>
                          {column.name}
                        </th>
                        <td>{column.type}</td>
                        <td colSpan={4}>output</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </section>
            </Panel>
          </PanelColumn>
          <PanelColumn>
            <Panel title="Metrics">
              <Facts of={Object.entries(data.metrics ?? {}).map(([metric, value]) => [metric, measure(Number(value))])} />
            </Panel>
            <Approval project={project} version={data} />
            <Panel title="Version">
              <Facts
                of={[
                  ['Framework', data.framework],
                  ['Size', bytes(data.size)],
                  ['Registered', <RelativeTime key="registered" at={data.createdAt} />],
                  ['By', data.createdBy],
                  ['Stage', data.stage],
                  ['Trained on', data.statistics && `${count(data.statistics.rows)} rows`],
                  [
                    'Run',
                    data.runId && (
                      <ScreenLink key="run" to="/p/$project/runs/$run" params={{ project, run: data.runId }}>
                        {data.runId}
                      </ScreenLink>
                    ),
                  ],
                  [
                    'File',
                    data.artifact && (
                      <ScreenLink
                        key="file"
                        to="/p/$project/artifacts/$key"
                        params={{ project, key: data.artifact }}
                        search={{ version: data.artifactVersion }}
                      >
                        {data.artifact}@{data.artifactVersion}
                      </ScreenLink>
                    ),
                  ],
                  [
                    'Digest',
                    <span key="digest" className="mono">
                      {data.digest}
                    </span>,
                  ],
                ]}
              />
            </Panel>
          </PanelColumn>
        </Columns>
      )}
      {doing === 'promote' && data && model.data && (
        <PromoteDialog project={project} model={model.data} version={data.version} onClose={() => setDoing(null)} />
      )}
      {doing === 'alias' && data && model.data && (
        <AliasDialog project={project} model={model.data} version={data.version} onClose={() => setDoing(null)} />
      )}
      {doing === 'deploy' && data && <DeployForm project={project} model={name} version={data.version} onClose={() => setDoing(null)} />}
    </Screen>
  );
}
