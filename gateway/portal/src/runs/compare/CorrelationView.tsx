import { Select, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Schema } from '../../api/client';
import { count, counted, measure } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { Panel } from '../../shell/Panel';
import { ProblemNotice } from '../../shell/ProblemNotice';
import type { Run } from '../rows';
import styles from './Compare.module.css';
import classes from './Correlation.module.css';
import { effectOf } from './correlation';
import { type Field, telling } from './fields';
import { correlationQuery } from './queries';
import type { CompareChange, CompareSearch } from './search';

interface CorrelationViewProps {
  project: string;
  runs: readonly Run[];
  fields: readonly Field[];
  search: CompareSearch;
  onChange: (change: CompareChange) => void;
}

/** How each param goes with a metric, the strongest first. */
export function CorrelationView({ project, runs, fields, search, onChange }: CorrelationViewProps) {
  const metrics = fields.filter((field) => field.group === 'Metrics').map((field) => field.label);
  const metric = metrics.find((name) => name === search.metric) ?? telling(fields, 'Metrics')[0]?.label ?? '';
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const found = useQuery(correlationQuery(project, ids, metric));
  if (metric === '') return <EmptyState title="No metric">The runs have no metric that params could go with.</EmptyState>;
  return (
    <>
      <div className={styles.controls}>
        <Select
          label="Metric"
          data={metrics}
          value={metric}
          onChange={(name) => onChange({ metric: name ?? undefined })}
          allowDeselect={false}
          searchable
        />
      </div>
      {found.error ? (
        <ProblemNotice error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Skeleton height={300} />
      ) : (
        <Panel
          title={`What goes with ${metric}`}
          aside={
            <span className="quiet">
              {counted(found.data.runs, 'run')} with the metric{found.data.runs < 10 && ': too few to trust'}
            </span>
          }
        >
          {found.data.params.length === 0 ? (
            <EmptyState compact title="No param">
              The runs have no params.
            </EmptyState>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            <section className={styles.wide} aria-label="Correlations" tabIndex={0}>
              <Bars project={project} search={search} found={found.data} fields={fields} />
            </section>
          )}
          <p className={classes.words}>
            Of numbers the bar is the stronger of rank (Spearman) and linear (Pearson) correlation, to the right where the metric rises with
            the param. Of other values it is η, the share of the metric’s spread that lies between them, as a root.
          </p>
        </Panel>
      )}
    </>
  );
}

interface BarsProps {
  project: string;
  search: CompareSearch;
  found: Schema<'RunCorrelations'>;
  fields: readonly Field[];
}

function Bars({ project, search, found, fields }: BarsProps) {
  return (
    <table className={classes.bars}>
      <thead>
        <tr>
          <th scope="col">Param</th>
          <th scope="col" className={classes.barHead}>
            <span>−1</span>
            <span>0</span>
            <span>1</span>
          </th>
          <th scope="col">Spearman</th>
          <th scope="col">Pearson</th>
          <th scope="col">η²</th>
          <th scope="col">Values</th>
          <th scope="col">Runs</th>
        </tr>
      </thead>
      <tbody>
        {found.params.map((param) => {
          const effect = effectOf(param);
          const field = fields.find((one) => one.id === `params.${param.param}`);
          return (
            <tr key={param.param}>
              <th scope="row" className="line" title={param.param}>
                {field ? (
                  <Link
                    to="/p/$project/compare"
                    params={{ project }}
                    search={{ ...search, view: 'scatter', x: field.id, y: `metrics.${found.metric}` }}
                    title={`${found.metric} by ${param.param}`}
                  >
                    {param.param}
                  </Link>
                ) : (
                  param.param
                )}
              </th>
              <td>
                {effect === null ? (
                  <span className="quiet">{param.distinct < 2 ? 'does not vary' : 'not defined'}</span>
                ) : (
                  <div className={classes.track}>
                    <i
                      data-kind={param.kind}
                      style={{ left: `${50 + Math.min(0, effect) * 50}%`, width: `${Math.max(0.5, Math.abs(effect) * 50)}%` }}
                    />
                  </div>
                )}
              </td>
              <td>{figure(param.spearman)}</td>
              <td>{figure(param.pearson)}</td>
              <td>{figure(param.etaSquared)}</td>
              <td>{count(param.distinct)}</td>
              <td>{count(param.runs)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const figure = (value: number | null | undefined): string => (value == null ? '–' : measure(Math.round(value * 1000) / 1000, 3));
