import { useNow } from './now';
import { duration, exact, relative } from './times';

/** A moment as people say it, the exact one on hover. */
export function RelativeTime({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (!at) return <span aria-hidden>–</span>;
  return (
    <time dateTime={at} title={exact(at)}>
      {relative(at, now)}
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Elapsed({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  if (!from) return <span aria-hidden>–</span>;
  return to ? <span title={`${exact(from)} – ${exact(to)}`}>{duration(Date.parse(to) - Date.parse(from))}</span> : <SoFar from={from} />;
}

function SoFar({ from }: { from: string }) {
  const now = useNow();
  return <span title={`Since ${exact(from)}`}>{duration(Math.floor((now - Date.parse(from)) / 1000) * 1000)}</span>;
}
