import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { EventHub, type LiveState } from './hub';
import type { MeshEvent } from './meshEvent';
import { Refresher } from './refresher';

const HubContext = createContext<EventHub | null>(null);

/** Follows the events of a project for the screens inside it. */
export function LiveProject({ project, children }: { project: string; children: ReactNode }) {
  const queries = useQueryClient();
  // The table of runs looks by itself: it may have hundreds of pages.
  const refresh = () =>
    void queries.invalidateQueries(
      { queryKey: [project], predicate: ({ queryKey }) => queryKey[1] !== 'run-table' },
      { cancelRefetch: false },
    );
  const open = () => new EventHub(project, refresh);
  const [hub, setHub] = useState(open);
  if (hub.project !== project) setHub(open());

  useEffect(() => {
    const refresher = new Refresher(queries);
    const off = hub.on('*', (event) => refresher.take(event));
    hub.start();
    return () => {
      off();
      refresher.stop();
      hub.stop();
    };
  }, [hub, queries]);

  return <HubContext value={hub}>{children}</HubContext>;
}

/** Hears the events of the project whose type fits a pattern, while the component is there. */
export function useEvents(pattern: string, listener: (event: MeshEvent) => void): void {
  const hub = use(HubContext);
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => hub?.on(pattern, (event) => latest.current(event)), [hub, pattern]);
}

const nothing = () => () => {};

/** How the stream of the project stands. */
export function useLiveState(): LiveState {
  const hub = use(HubContext);
  return useSyncExternalStore(hub ? (watcher) => hub.watch(watcher) : nothing, () => hub?.state ?? 'connecting');
}
