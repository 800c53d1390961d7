import { useQuery } from '@tanstack/react-query';
import { builtInQuery } from '../hub/queries';
import { functionSubject } from './jobDraft';
import type { Fn } from './queries';
import { SubmitJob } from './SubmitJob';

/** The form of a job of a function; the version is fixed when it is not the current one. */
export function SubmitFunction({ project, fn, current, onClose }: { project: string; fn: Fn; current: number; onClose: () => void }) {
  const items = useQuery({ ...builtInQuery, enabled: fn.kind === 'hub' });
  if (fn.kind === 'hub' && items.isPending) return null;
  const item = items.data?.find(({ name }) => name === fn.item);
  const subject = { ...functionSubject(fn, item), functionVersion: fn.version === current ? undefined : fn.version };
  return <SubmitJob project={project} title={`Submit ${fn.name}@${fn.version}`} subject={subject} onClose={onClose} />;
}
