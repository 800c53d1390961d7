import { Modal } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { useParams, useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { navigation } from './navigation';
import classes from './Palette.module.css';
import { type Found, sources } from './paletteSources';

/** Goes anywhere by a few letters: sections at once, things of the project as the mesh finds them. */
export function Palette({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const { project } = useParams({ strict: false });
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [wanted] = useDebouncedValue(text.trim(), 150);
  const shownSources = sources.filter((source) => source.route in router.routesByPath);
  const asked = useQueries({
    queries: shownSources.map((source) => ({
      queryKey: [project, 'search', source.kind, wanted],
      queryFn: ({ signal }: { signal: AbortSignal }) => source.find(project as string, wanted, signal),
      enabled: wanted.length > 0 && project !== undefined,
      staleTime: 10_000,
    })),
  });

  const sections = useMemo<Found[]>(() => {
    if (project === undefined) return [];
    return navigation
      .flat()
      .filter((section) => section.label.toLowerCase().includes(text.trim().toLowerCase()))
      .map((section) => ({ kind: 'Go to', label: section.label, detail: '', href: `/p/${encodeURIComponent(project)}${section.path}` }));
  }, [project, text]);
  const found = [...sections, ...asked.flatMap((answer) => answer.data ?? [])];
  const at = Math.min(active, found.length - 1);
  const busy = asked.some((answer) => answer.isFetching);

  const go = (entry: Found) => {
    onClose();
    router.history.push(entry.href);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(found.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(0, at - 1));
    else if (event.key === 'Enter' && found[at]) go(found[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size={600}
      yOffset="12vh"
      attributes={{ content: { 'aria-label': 'Search' } }}
    >
      <input
        className={classes.input}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        placeholder="Search runs, models, data sets, artifacts, functions, endpoints…"
        role="combobox"
        aria-label="Search"
        aria-expanded
        aria-controls="palette-found"
        aria-activedescendant={at >= 0 ? `palette-${at}` : undefined}
        data-autofocus
      />
      <div id="palette-found" role="listbox" aria-label="Found" className={classes.list}>
        {found.map((entry, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input hears the keys.
          <div
            key={entry.href}
            id={`palette-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            className={classes.entry}
            onMouseMove={() => setActive(i)}
            onClick={() => go(entry)}
            ref={i === at ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
          >
            <span className={classes.kind}>{entry.kind}</span>
            <span className="line">{entry.label}</span>
            <span className={`line ${classes.detail}`}>{entry.detail}</span>
          </div>
        ))}
        {found.length === 0 && <p className={classes.nothing}>{busy ? 'Searching…' : 'Nothing found.'}</p>}
      </div>
    </Modal>
  );
}
