import type { Fn } from './queries';

/** What a function runs: its command, its Spark application, or its item of the hub. */
export function Runs({ fn }: { fn: Pick<Fn, 'command' | 'item' | 'spark'> }) {
  if (fn.item) return <>hub item {fn.item}</>;
  if (fn.spark) return <>Spark {fn.spark.mainFile}</>;
  return <span className="mono">{(fn.command ?? []).join(' ')}</span>;
}
