import { MultiSelect, Skeleton, Switch } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Fragment, type ReactNode, useMemo } from 'react';
import { rowsOf } from '../api/paging';
import { measure } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import classes from './Compare.module.css';
import { type CompareSearch, mostVersions, versionsOf } from './compareSearch';
import { comparisonQuery, modelQuery, versionsQuery } from './queries';

/** How many of the newest versions stand side by side when none is chosen. */
const usual = 5;

interface Line {
  name: string;
  values: readonly unknown[];
  differs: boolean;
}

/** Versions of a model side by side: metrics, tags and signatures, with what differs marked. */
export function CompareVersionsScreen() {
  const project = useProject();
  const { model: name } = useParams({ from: '/frame/p/$project/models/$model/compare' });
  const search = useSearch({ from: '/frame/p/$project/models/$model/compare' });
  const navigate = useNavigate();
  const model = useQuery(modelQuery(project, name));
  const versions = useInfiniteQuery(versionsQuery(project, name));
  const known = useMemo(() => rowsOf(versions.data).map(({ version }) => version), [versions.data]);
  const asked = versionsOf(search.versions);
  const chosen = asked.length > 0 ? asked : known.slice(0, usual);
  const comparison = useQuery(comparisonQuery(project, name, chosen));
  const show = (next: CompareSearch) =>
    void navigate({ to: '/p/$project/models/$model/compare', params: { project, model: name }, search: next, replace: true });
  const error = model.error ?? versions.error ?? comparison.error;
  const data = comparison.data;
  return (
    <Screen
      title={`Versions of ${name}`}
      above={
        <ScreenLink to="/p/$project/models/$model" params={{ project, model: name }}>
          {name}
        </ScreenLink>
      }
    >
      <div className={classes.controls}>
        <MultiSelect
          label="Versions"
          data={[...new Set([...known, ...chosen])].map(String)}
          value={chosen.map(String)}
          onChange={(next) => show({ ...search, versions: next.join(',') })}
          maxValues={mostVersions}
          searchable
          size="xs"
          miw={260}
        />
        <Switch
          label="Only what differs"
          checked={search.differs === true}
          onChange={(event) =>
            show({ ...(search.versions ? { versions: search.versions } : {}), ...(event.currentTarget.checked ? { differs: true } : {}) })
          }
        />
      </div>
      {error ? (
        <ProblemNotice error={error} onRetry={() => void Promise.all([model.refetch(), versions.refetch(), comparison.refetch()])} />
      ) : chosen.length < 2 && !versions.isPending ? (
        <EmptyState title="Choose two versions at least">Their metrics, tags and signatures stand side by side then.</EmptyState>
      ) : !data ? (
        <Skeleton height={360} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
        <section className={classes.scroller} tabIndex={0} aria-label="Comparison">
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">
                  <span className="unseen">Name</span>
                </th>
                {data.versions.map((version) => (
                  <th scope="col" key={version.version}>
                    <ScreenLink to="/p/$project/models/$model/$version" params={{ project, model: name, version: String(version.version) }}>
                      {`version ${version.version}`}
                    </ScreenLink>
                    <span className="quiet">
                      {(version.aliases ?? []).join(', ')} <RelativeTime at={version.createdAt} />
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              <Part title="Metrics" lines={data.metrics} only={search.differs} cell={(value) => measure(Number(value))} isNumber />
              <Part title="Tags" lines={data.tags} only={search.differs} />
              <Part title="Inputs" lines={data.inputs} only={search.differs} />
              <Part title="Outputs" lines={data.outputs} only={search.differs} />
            </tbody>
          </table>
        </section>
      )}
    </Screen>
  );
}

interface PartProps {
  title: string;
  lines: readonly Line[];
  only: true | undefined;
  cell?: (value: unknown) => ReactNode;
  isNumber?: boolean;
}

function Part({ title, lines, only, cell = String, isNumber = false }: PartProps) {
  const shown = only ? lines.filter(({ differs }) => differs) : lines;
  if (shown.length === 0) return null;
  return (
    <Fragment>
      <tr className={classes.part}>
        <th scope="colgroup" colSpan={1 + (shown[0]?.values.length ?? 0)}>
          {title}
        </th>
      </tr>
      {shown.map((line) => (
        <tr key={line.name} data-differs={line.differs || undefined}>
          <th scope="row" className="line" title={line.name}>
            <span className={classes.mark}>
              {line.differs && (
                <>
                  <span aria-hidden>≠</span>
                  <span className="unseen">differs: </span>
                </>
              )}
            </span>
            {line.name}
          </th>
          {line.values.map((value, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the versions have their order.
            <td key={i} className={isNumber ? 'number' : undefined}>
              {value === null || value === undefined ? <span className="quiet">–</span> : cell(value)}
            </td>
          ))}
        </tr>
      ))}
    </Fragment>
  );
}
