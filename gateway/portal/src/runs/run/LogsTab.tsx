import { Button, Checkbox, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { answer, api } from '../../api/client';
import { bytes, counted } from '../../format/numbers';
import { EmptyState } from '../../shell/EmptyState';
import { ProblemNotice } from '../../shell/ProblemNotice';
import { bare, type Look, looksBefore, type Stretch, styled } from './ansi';
import classes from './Log.module.css';
import { useRunLog } from './useRunLog';

const lineHeight = 19;
const shownMatches = 200;

/** What a run printed: its end, followed while it grows; earlier parts are read as one asks for them. */
export function LogsTab({ project, run }: { project: string; run: string }) {
  const [place, setPlace] = useState<number | null>(null);
  const [follow, setFollow] = useState(true);
  const [query, setQuery] = useState('');
  const log = useRunLog(project, run, place);
  const box = useRef<HTMLDivElement>(null);
  const { lines } = log.window;
  const looks = useMemo(() => looksBefore(lines), [lines]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 30,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end
  useEffect(() => {
    if (follow && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [follow, log.window.to]);

  const matches = useQuery({
    queryKey: [project, 'log-search', run, query],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/projects/{project}/runs/{run}/logs/search', {
          params: { path: { project, run }, query: { query, ignoreCase: true, limit: shownMatches } as never },
          signal,
        }),
      ),
    enabled: query !== '',
  });

  if (log.problem) return <ProblemNotice error={log.problem} />;
  return (
    <div className={classes.screen}>
      <form
        className={classes.bar}
        onSubmit={(event) => {
          event.preventDefault();
          setQuery(String(new FormData(event.currentTarget).get('text') ?? ''));
        }}
      >
        <TextInput
          name="text"
          aria-label="Search the whole log"
          placeholder="Search the whole log, then Enter"
          className={classes.search ?? ''}
        />
        <Checkbox
          label="Follow"
          checked={follow}
          onChange={(event) => {
            setFollow(event.currentTarget.checked);
            if (event.currentTarget.checked) setPlace(null);
          }}
        />
        <span className="quiet">{bytes(log.window.to)}</span>
        <a href={`/api/v1/projects/${encodeURIComponent(project)}/runs/${run}/logs`} download={`${run}.log`} className={classes.whole}>
          Download
        </a>
      </form>
      {query !== '' && (
        <section className={classes.matches} aria-label="Matches">
          {matches.error && <ProblemNotice error={matches.error} />}
          {matches.data?.items.length === 0 && <p className="quiet">Nowhere in the log.</p>}
          {matches.data && matches.data.items.length > 0 && (
            <>
              <p className="quiet">
                {matches.data.next ? `The first ${shownMatches} matches` : counted(matches.data.items.length, 'match', 'matches')}
              </p>
              <ul>
                {matches.data.items.map((match) => (
                  <li key={match.offset}>
                    <button
                      type="button"
                      onClick={() => {
                        setFollow(false);
                        setPlace(match.lineOffset);
                      }}
                    >
                      <span className="quiet">{match.line}</span> <span className="mono">{bare(match.text)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      )}
      {log.loading ? (
        <Skeleton height={300} />
      ) : lines.length === 0 && log.window.from === 0 ? (
        <EmptyState title="Nothing printed yet" command={`mesh runs tail ${run} -P ${project}`}>
          Lines show here the moment they are written.
        </EmptyState>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section ref={box} className={classes.log} aria-label="Log" tabIndex={0} onWheel={(event) => event.deltaY < 0 && setFollow(false)}>
          {log.window.from > 0 && (
            <div className={classes.earlier}>
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => {
                  setFollow(false);
                  void log.loadEarlier();
                }}
              >
                Show what comes before ({bytes(log.window.from)})
              </Button>
            </div>
          )}
          <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((item) => (
              <div key={item.key} className={classes.line} style={{ transform: `translateY(${item.start}px)` }}>
                <Line text={lines[item.index] ?? ''} from={looks[item.index]} />
              </div>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

function Line({ text, from }: { text: string; from: Look | undefined }) {
  const stretches = useMemo(() => styled(text, from).stretches, [text, from]);
  return <span className={marks.some((mark) => text.startsWith(mark)) ? classes.mark : undefined}>{stretches.map(piece)}</span>;
}

// What the mesh itself says in a log.
const marks = ['[mesh] ', '[the log was cut here: '];

const piece = ({ text, looks }: Stretch, i: number) =>
  looks.length === 0 ? (
    text
  ) : (
    <span key={i} className={looks.map((look) => classes[look]).join(' ')}>
      {text}
    </span>
  );
