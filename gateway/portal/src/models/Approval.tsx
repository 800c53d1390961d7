import { Button, Group, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Schema } from '../api/client';
import { RelativeTime } from '../format/RelativeTime';
import { Facts } from '../shell/Facts';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { StatusBadge } from '../shell/StatusBadge';
import classes from './Models.module.css';
import { decideApproval, type Version } from './queries';

type Action = Schema<'ApprovalAction'>;

const verbs: Record<Action, string> = { request: 'Ask for approval', approve: 'Approve', reject: 'Reject' };
const said: Record<Action, string> = { request: 'waits for approval', approve: 'is approved', reject: 'is rejected' };

/** Whether a version is approved, by whom and why; and the buttons to decide it. */
export function Approval({ project, version }: { project: string; version: Version }) {
  const [action, setAction] = useState<Action | null>(null);
  const { approval } = version;
  return (
    <Panel title="Approval" aside={approval && <StatusBadge status={approval.status} />}>
      {approval && (
        <Facts
          of={[
            ['Asked for by', approval.requestedBy],
            ['Decided by', approval.decidedBy && `${approval.decidedBy}${approval.role ? ` (${approval.role})` : ''}`],
            ['Comment', approval.comment],
            ['When', <RelativeTime key="when" at={approval.at} />],
          ]}
        />
      )}
      <Group gap="xs" className={classes.decide ?? ''}>
        {approval?.status !== 'requested' && (
          <Button variant="default" onClick={() => setAction('request')}>
            Ask for it…
          </Button>
        )}
        {approval?.status !== 'approved' && (
          <Button variant="default" onClick={() => setAction('approve')}>
            Approve…
          </Button>
        )}
        {approval?.status !== 'rejected' && (
          <Button variant="default" onClick={() => setAction('reject')}>
            Reject…
          </Button>
        )}
      </Group>
      {action && <Decide project={project} version={version} action={action} onClose={() => setAction(null)} />}
    </Panel>
  );
}

interface DecideProps {
  project: string;
  version: Version;
  action: Action;
  onClose: () => void;
}

function Decide({ project, version, action, onClose }: DecideProps) {
  const queries = useQueryClient();
  const [comment, setComment] = useState('');
  const name = `${version.model} ${version.version}`;
  const decide = useMutation({
    mutationFn: () => decideApproval(project, version, action, comment.trim()),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [project, 'models'] });
      done(`${name} ${said[action]}`);
      onClose();
    },
  });
  return (
    <FormDialog title={`${verbs[action]}: ${name}`} verb={verbs[action]} action={decide} onClose={onClose}>
      <Textarea
        label="Comment"
        description="Stands in the history, and with the approval."
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        minRows={2}
        autosize
        data-autofocus
      />
    </FormDialog>
  );
}
