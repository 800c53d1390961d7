import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { runNamesQuery } from '../runs/queries';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { readAddress, readOf, writeAddress } from './address';
import classes from './Lineage.module.css';
import { affectedQuery } from './queries';
import { ThingLink } from './ThingLink';

interface Entry {
  uri: string;
  text: string;
  more?: ReactNode;
}

/** What depends on a thing and would be affected if it were withdrawn: what serves from it first. */
export function Affected({ kind, name }: { kind: string; name: string }) {
  const project = useProject();
  const thing = readOf(project, `${kind}:${name}`);
  const uri = thing ? writeAddress(thing) : '';
  const affected = useQuery({ ...affectedQuery(project, uri), enabled: uri !== '' });
  const data = affected.data;
  const runs = useMemo(() => (data?.runs ?? []).slice(0, mostNames).flatMap((run) => readAddress(run)?.key ?? []), [data]);
  const names = useQuery(runNamesQuery(project, runs));
  if (data === null) return null;
  const parts: [string, Entry[]][] = data
    ? [
        [
          'Endpoints',
          data.endpoints.map((endpoint) => ({
            uri: endpoint.uri,
            text: endpoint.endpoint,
            more: <span className="quiet"> {endpoint.servesNow ? 'serves it now' : 'served it once'}</span>,
          })),
        ],
        ['Aliases', data.aliases.map((alias) => ({ uri: alias.uri, text: `${alias.model}@${alias.alias}` }))],
        ['Model versions', data.modelVersions.map(entryOf)],
        ['Artifacts', data.artifacts.map(entryOf)],
        [
          'Runs',
          data.runs.map((run) => {
            const entry = entryOf(run);
            return { ...entry, text: names.data?.get(entry.text) ?? entry.text };
          }),
        ],
      ]
    : [];
  const shown = parts.filter(([, entries]) => entries.length > 0);
  return (
    <Panel title="Affected if it were withdrawn">
      {affected.error ? (
        <ProblemNotice error={affected.error} onRetry={() => void affected.refetch()} />
      ) : !data ? (
        <Skeleton height={80} />
      ) : shown.length === 0 ? (
        <p className={`quiet ${classes.none}`}>Nothing depends on it.</p>
      ) : (
        <>
          <div className={classes.affected}>
            {shown.map(([title, entries]) => (
              <Part key={title} title={title} entries={entries} />
            ))}
          </div>
          {data.truncated && <p className={`quiet ${classes.none}`}>There is more than was looked at.</p>}
        </>
      )}
    </Panel>
  );
}

const most = 10;
const mostNames = 100;

function Part({ title, entries }: { title: string; entries: readonly Entry[] }) {
  const [all, setAll] = useState(false);
  return (
    <section aria-label={`Affected: ${title}`}>
      <h3>
        {title} <span className="quiet">{entries.length}</span>
      </h3>
      <ul>
        {(all ? entries : entries.slice(0, most)).map(({ uri, text, more }) => (
          <li key={uri} className="line">
            <ThingLink uri={uri} title={text}>
              {text}
            </ThingLink>
            {more}
          </li>
        ))}
      </ul>
      {entries.length > most && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? `The first ${most}` : `All ${entries.length}`}
        </Button>
      )}
    </section>
  );
}

function entryOf(uri: string): Entry {
  const thing = readAddress(uri);
  return { uri, text: thing ? `${thing.key}${thing.version === undefined ? '' : `@${thing.version}`}` : uri };
}
