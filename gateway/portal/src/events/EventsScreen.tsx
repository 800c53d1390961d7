import { Button, NumberInput, TagsInput, TextInput } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { rowsOf } from '../api/paging';
import { eventTypes, fits } from '../live/eventTypes';
import { useEvents } from '../live/LiveProject';
import type { MeshEvent } from '../live/meshEvent';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { DataTable } from '../tables/DataTable';
import { eventColumns } from './columns';
import { EventDrawer } from './EventDrawer';
import classes from './Events.module.css';
import { eventQuery, newestQuery, replayQuery } from './queries';
import { type EventsSearch, holdsText, patternsOf } from './search';

const idOf = (event: MeshEvent) => String(event.position);
const mostKept = 2000;
const patterns = [...new Set(eventTypes.map((type) => `${type.split('.')[0]}.*`)), ...eventTypes];

/** The journal of a project: what happens as it happens, or again from a position. */
export function EventsScreen() {
  const project = useProject();
  const search = useSearch({ from: '/frame/p/$project/events' });
  const { types, text, after } = search;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [held, setHeld] = useState<MeshEvent[] | null>(null);
  const replaying = after !== undefined;
  const query = newestQuery(project, types);
  const newest = useQuery({ ...query, enabled: !replaying });
  const replay = useInfiniteQuery({ ...replayQuery(project, types, after ?? 0), enabled: replaying });
  const asked = replaying ? replay : newest;

  useEvents('*', (event) => {
    const wanted = patternsOf(types);
    if (replaying || (wanted.length > 0 && !wanted.some((pattern) => fits(pattern, event.type)))) return;
    queries.setQueryData(query.queryKey, (known) =>
      known === undefined || known.some((one) => one.position === event.position) ? known : [event, ...known].slice(0, mostKept),
    );
  });

  const found = replaying ? rowsOf(replay.data) : (held ?? newest.data);
  const rows = useMemo(() => (found ?? []).filter((event) => holdsText(event, text)), [found, text]);
  const shown = search.event === undefined ? undefined : found?.find((event) => event.position === search.event);
  const named = useQuery({ ...eventQuery(project, search.event), enabled: search.event !== undefined && found !== undefined && !shown });
  const opened = shown ?? (search.event === undefined ? null : named.data);
  const missed = held ? (newest.data?.filter(({ position }) => position > (held[0]?.position ?? 0)).length ?? 0) : 0;

  const set = (change: { [K in keyof EventsSearch]: EventsSearch[K] | null }, replace = false) =>
    void navigate({
      to: '/p/$project/events',
      params: { project },
      search: Object.fromEntries(
        Object.entries({ ...search, ...change }).filter(([, value]) => value !== null && value !== undefined && value !== ''),
      ),
      replace,
    });

  return (
    <Screen
      title="Events"
      fill
      beside={replaying ? <span className="quiet">after position {after}, oldest first</span> : <LiveMark />}
      actions={
        replaying ? (
          <Button variant="default" leftSection={<IconPlayerPlay size={15} aria-hidden />} onClick={() => set({ after: null })}>
            Back to live
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={held ? <IconPlayerPlay size={15} aria-hidden /> : <IconPlayerPause size={15} aria-hidden />}
            onClick={() => setHeld(held ? null : (newest.data ?? []))}
          >
            {held ? `Go on${missed > 0 ? ` (${missed} new)` : ''}` : 'Hold'}
          </Button>
        )
      }
    >
      <div className={classes.filters}>
        <TagsInput
          aria-label="Types"
          placeholder={types ? '' : 'All types; or run.*, model.promoted'}
          size="xs"
          data={patterns}
          value={patternsOf(types)}
          onChange={(next) => set({ types: patternsOf(next.join(',')).join(',') })}
          clearable
          w={320}
        />
        <TextInput
          aria-label="Text"
          placeholder="Text in the event"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={text ?? ''}
          onChange={(event) => set({ text: event.currentTarget.value }, true)}
          w={220}
        />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const value = new FormData(event.currentTarget).get('after');
            set({ after: value === null || value === '' ? null : Number(value) });
          }}
          style={{ display: 'flex', gap: 8 }}
        >
          <NumberInput
            key={after}
            name="after"
            aria-label="Position to replay from"
            placeholder="From position"
            min={0}
            allowDecimal={false}
            defaultValue={after ?? ''}
            hideControls
            w={120}
          />
          <Button type="submit" variant="default">
            Replay
          </Button>
        </form>
      </div>
      {asked.error ? (
        <ProblemNotice error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <DataTable
          label="Events"
          rows={rows}
          rowId={idOf}
          columns={eventColumns}
          onOpen={({ position }) => set({ event: position })}
          loading={asked.isPending}
          hasMore={replaying && replay.hasNextPage && !replay.isFetchNextPageError}
          onMore={() => replaying && !replay.isFetchingNextPage && void replay.fetchNextPage()}
          empty={
            types || text || replaying ? (
              <EmptyState title="No event fits">Nothing that happened in this project fits types, text and position.</EmptyState>
            ) : (
              <EmptyState title="Nothing has happened yet" command={`mesh events -P ${project} --after 0`}>
                Everything that happens in a project is an event, kept for good: it can be followed as it happens, and replayed from any
                position.
              </EmptyState>
            )
          }
        />
      )}
      {opened && (
        <EventDrawer event={opened} onClose={() => set({ event: null })} onReplay={() => set({ event: null, after: opened.position })} />
      )}
    </Screen>
  );
}
