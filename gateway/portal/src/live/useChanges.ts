import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Rereader } from './rereader';

const pause = 1000;
const retry = 5000;

/**
 * Follows a stream that says what changes, while the component is there and the tab is looked at, and has the queries read again that each of its words makes stale. Such
 * a stream says each of its words once at the beginning: nothing is missed, however often it is begun.
 *
 * @param address The stream; null for none.
 * @param stale The keys that each word makes stale.
 */
export function useChanges(address: string | null, stale: Record<string, readonly QueryKey[]>): void {
  const queries = useQueryClient();
  const latest = useRef(stale);
  useEffect(() => {
    latest.current = stale;
  });
  const words = Object.keys(stale).join();
  useEffect(() => {
    if (address === null) return;
    const rereader = new Rereader(queries, pause);
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    const follow = () => {
      stop();
      // A browser has few connections for each origin, all tabs together.
      if (document.visibilityState === 'hidden') return;
      const opened = new EventSource(address);
      source = opened;
      for (const word of words.split(',')) opened.addEventListener(word, () => rereader.stale(latest.current[word] ?? []));
      // Closed for good, by an answer that is not a stream: the mesh may be restarting.
      opened.onerror = () => {
        if (opened.readyState === 2) timer = setTimeout(follow, retry);
      };
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      stop();
      rereader.stop();
    };
  }, [queries, address, words]);
}
