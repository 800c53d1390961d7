import { bytes, count, counted, measure } from '../../format/numbers';
import { Elapsed, RelativeTime } from '../../format/RelativeTime';
import { ThingLink } from '../../lineage/ThingLink';
import { Columns, PanelColumn } from '../../shell/Columns';
import { EmptyState } from '../../shell/EmptyState';
import { Facts } from '../../shell/Facts';
import { Panel } from '../../shell/Panel';
import { ScreenLink } from '../../shell/ScreenLink';
import type { Run } from '../rows';
import { isSystem, numberOf } from './metrics';
import classes from './Run.module.css';

/** What a run is and came to, on one page. */
export function OverviewTab({ project, run }: { project: string; run: Run }) {
  return (
    <>
      {run.cause && (
        <p className={classes.cause} data-status={run.status}>
          {run.cause}
        </p>
      )}
      <Columns>
        <PanelColumn>
          <Metrics project={project} run={run} />
          {run.inputs && run.inputs.length > 0 && (
            <Panel title="Data that it read">
              <Facts
                of={run.inputs.map((input) => [
                  input.name,
                  <span key={input.digest}>
                    {input.address ? (
                      <ThingLink uri={input.address}>{input.address}</ThingLink>
                    ) : (
                      <span className="mono">{input.digest}</span>
                    )}
                    {input.context && <span className="quiet"> {input.context}</span>}
                  </span>,
                ])}
              />
            </Panel>
          )}
        </PanelColumn>
        <PanelColumn>
          <Panel title="Run">
            <Facts
              of={[
                ['Experiment', run.experiment],
                ['Kind', run.kind],
                ['By', run.user ?? run.createdBy],
                ['Created', <RelativeTime key="created" at={run.createdAt} />],
                ['Started', run.startedAt && <RelativeTime key="started" at={run.startedAt} />],
                ['Duration', run.startedAt && <Elapsed key="duration" from={run.startedAt} to={run.endedAt} />],
                ['Attempt', run.attempt > 1 && count(run.attempt)],
                ['Worker', run.worker],
                ['Group', run.group],
                [
                  'Parent',
                  run.parent && (
                    <ScreenLink key="parent" to="/p/$project/runs/$run" params={{ project, run: run.parent }}>
                      {run.parent}
                    </ScreenLink>
                  ),
                ],
                [
                  'Id',
                  <span key="id" className="mono">
                    {run.id}
                  </span>,
                ],
              ]}
            />
          </Panel>
          {run.source && (
            <Panel title="Source">
              <Facts
                of={[
                  ['Command', run.source.command && <code key="command">{run.source.command}</code>],
                  ['Entry point', run.source.entryPoint],
                  ['Repository', run.source.gitUrl],
                  [
                    'Commit',
                    run.source.gitCommit && (
                      <span key="commit" className="mono">
                        {run.source.gitCommit.slice(0, 12)}
                      </span>
                    ),
                  ],
                  ['Changes', run.source.gitDirty && 'not all of it was committed'],
                ]}
              />
            </Panel>
          )}
          {run.environment && (
            <Panel title="Environment">
              <Facts
                of={[
                  ['Host', run.environment.host],
                  ['Platform', run.environment.platform],
                  ['Runtime', run.environment.runtime],
                  ['Cores', run.environment.cpus],
                  ['Memory', run.environment.memoryBytes && bytes(run.environment.memoryBytes)],
                  ['GPUs', run.environment.gpus?.join(', ')],
                  ['Packages', run.environment.packages && counted(Object.keys(run.environment.packages).length, 'package')],
                ]}
              />
            </Panel>
          )}
          {Object.keys(run.params).length > 0 && (
            <Panel title="Params">
              <Facts of={Object.entries(run.params).slice(0, 12)} />
            </Panel>
          )}
        </PanelColumn>
      </Columns>
    </>
  );
}

function Metrics({ project, run }: { project: string; run: Run }) {
  const names = Object.keys(run.metrics)
    .filter((name) => !isSystem(name))
    .sort();
  return (
    <Panel title="Metrics">
      {names.length === 0 ? (
        <EmptyState compact title="No metric yet" command={`mesh runs show ${run.id} -P ${project}`}>
          What the code measures shows here from the first point on.
        </EmptyState>
      ) : (
        <table className={classes.metrics}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Last</th>
              <th scope="col">Lowest</th>
              <th scope="col">Highest</th>
              <th scope="col">Points</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const known = run.metrics[name];
              if (!known) return null;
              return (
                <tr key={name}>
                  <th scope="row" className="line" title={name}>
                    {name}
                  </th>
                  {[known.last, known.min, known.max].map((value, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: three columns in their order
                    <td key={i} title={String(value)}>
                      {measure(numberOf(value))}
                    </td>
                  ))}
                  <td>{count(known.count)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
