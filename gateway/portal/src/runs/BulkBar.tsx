import { Button, Tooltip } from '@mantine/core';
import { IconArrowsDiff, IconTrash, IconX } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { counted } from '../format/numbers';
import classes from './BulkBar.module.css';
import { DeleteRuns } from './DeleteRuns';
import type { Run } from './rows';

interface BulkBarProps {
  project: string;
  runs: Run[];
  onClear: () => void;
  onDeleted: (ids: string[]) => void;
  onRestored: (ids: string[]) => void;
}

const mostCompared = 100;

/** What can be done with the runs that are selected. */
export function BulkBar({ project, runs, onClear, onDeleted, onRestored }: BulkBarProps) {
  const router = useRouter();
  const [deleting, setDeleting] = useState(false);
  const comparable = '/p/$project/compare' in router.routesByPath;
  const compare = () =>
    router.history.push(`/p/${encodeURIComponent(project)}/compare?runs=${encodeURIComponent(runs.map((run) => run.id).join(','))}`);
  const why =
    runs.length < 2 ? 'Select at least two runs.' : runs.length > mostCompared ? `At most ${mostCompared} runs are compared.` : null;

  return (
    <div role="toolbar" aria-label="Selected runs" className={classes.bar}>
      <span className={classes.count}>{counted(runs.length, 'run')} selected</span>
      {comparable && (
        <Tooltip label={why} disabled={why === null}>
          <Button
            variant="default"
            leftSection={<IconArrowsDiff size={15} aria-hidden />}
            {...(why === null ? {} : { 'data-disabled': true })}
            aria-disabled={why !== null}
            onClick={why === null ? compare : undefined}
          >
            Compare
          </Button>
        </Tooltip>
      )}
      <Button variant="default" leftSection={<IconTrash size={15} aria-hidden />} onClick={() => setDeleting(true)}>
        Delete…
      </Button>
      <Button variant="subtle" color="gray" leftSection={<IconX size={15} aria-hidden />} onClick={onClear}>
        Clear
      </Button>
      {deleting && (
        <DeleteRuns project={project} runs={runs} onClose={() => setDeleting(false)} onDeleted={onDeleted} onRestored={onRestored} />
      )}
    </div>
  );
}
