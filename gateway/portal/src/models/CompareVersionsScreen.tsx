import { MultiSelect, Skeleton, Switch } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { rowsOf } from '../api/paging';
import { measure } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { EmptyState } from '../shell/EmptyState';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { ScreenLink } from '../shell/ScreenLink';
import { type ComparedLine, SideBySide } from '../tables/SideBySide';
import { type CompareSearch, mostVersions, versionsOf } from './compareSearch';
import classes from './Models.module.css';
import { comparisonQuery, modelQuery, versionsQuery } from './queries';

/** How many of the newest versions stand side by side when none is chosen. */
const usual = 5;

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
      <div className={classes.compared}>
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
        <SideBySide
          label="Versions side by side"
          noun="Version"
          things={data.versions.map((version) => ({
            id: String(version.version),
            head: (
              <>
                <ScreenLink to="/p/$project/models/$model/$version" params={{ project, model: name, version: String(version.version) }}>
                  {`version ${version.version}`}
                </ScreenLink>
                <span className="quiet">
                  {(version.aliases ?? []).join(', ')} <RelativeTime at={version.createdAt} />
                </span>
              </>
            ),
          }))}
          parts={[
            { title: 'Metrics', lines: textsOf(data.metrics, (value) => measure(Number(value))) },
            { title: 'Tags', lines: textsOf(data.tags, String) },
            { title: 'Inputs', lines: textsOf(data.inputs, String) },
            { title: 'Outputs', lines: textsOf(data.outputs, String) },
          ]}
          onlyDifferent={search.differs === true}
        />
      )}
    </Screen>
  );
}

const textsOf = (
  lines: readonly { name: string; values: readonly unknown[]; differs: boolean }[],
  textOf: (value: unknown) => string,
): ComparedLine[] => lines.map((line) => ({ ...line, values: line.values.map((value) => (value == null ? null : textOf(value))) }));
