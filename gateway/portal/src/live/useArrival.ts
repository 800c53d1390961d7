import { useCallback, useRef } from 'react';
import { useEvents } from './LiveProject';

/**
 * Waits for what an answer announces and an event brings: the returned function resolves when an event of the pattern is about a subject, also one that came since
 * the component is there, or after so many milliseconds.
 */
export function useArrival(pattern: string): (subject: string, atMost: number) => Promise<void> {
  const heard = useRef(new Set<string>());
  const waiting = useRef(new Map<string, () => void>());
  useEvents(pattern, ({ subject }) => {
    heard.current.add(subject);
    waiting.current.get(subject)?.();
  });
  return useCallback((subject, atMost) => {
    if (heard.current.has(subject)) return Promise.resolve();
    return new Promise((resolve) => {
      setTimeout(resolve, atMost);
      waiting.current.set(subject, resolve);
    });
  }, []);
}
