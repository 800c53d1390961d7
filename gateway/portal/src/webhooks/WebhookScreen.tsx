import { Button, Group, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { exact } from '../format/times';
import { useChanges } from '../live/useChanges';
import { Confirm } from '../shell/Confirm';
import { Facts } from '../shell/Facts';
import { done, failed } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { SecretOnce } from '../shell/SecretOnce';
import { StatusBadge } from '../shell/StatusBadge';
import { Deliveries } from './Deliveries';
import { deleteWebhook, putWebhook, rotateSecret, testWebhook, type Webhook, webhookQuery } from './queries';
import { ReplayDialog } from './ReplayDialog';
import { standingOf } from './standing';
import { WebhookForm } from './WebhookForm';
import classes from './Webhooks.module.css';

/** A webhook: how it stands, what can be done with it, and its deliveries. */
export function WebhookScreen() {
  const { project, webhook: name } = useParams({ from: '/frame/p/$project/settings/webhooks/$webhook' });
  const webhook = useQuery(webhookQuery(project, name));
  if (webhook.error) return <ProblemNotice error={webhook.error} onRetry={() => void webhook.refetch()} />;
  return webhook.data ? <Shown project={project} webhook={webhook.data} /> : null;
}

function Shown({ project, webhook }: { project: string; webhook: Webhook }) {
  const queries = useQueryClient();
  useChanges(`/api/v1/projects/${encodeURIComponent(project)}/webhooks/${encodeURIComponent(webhook.name)}/stream`, {
    deliveries: [
      [project, 'webhooks', 'deliveries', webhook.name],
      [project, 'webhooks', 'one', webhook.name],
    ],
  });
  const navigate = useNavigate();
  const [asking, setAsking] = useState<'edit' | 'replay' | 'rotate' | 'delete' | null>(null);
  const [secret, setSecret] = useState<{ secret: string; previousUntil: string } | null>(null);
  const { state, cause } = standingOf(webhook);
  const close = () => setAsking(null);
  const reload = () => void queries.invalidateQueries({ queryKey: [project, 'webhooks'] });
  const test = useMutation({
    mutationFn: () => testWebhook(project, webhook.name),
    onSuccess: (made) => {
      if (made.state === 'delivered') done(`The receiver took the test: ${made.statusCode}, ${Math.round(Number(made.latencyMs))} ms`);
      else failed('The receiver did not take the test', new Error(made.cause ?? ''));
    },
    onError: (error) => failed('The test was not sent', error),
    onSettled: reload,
  });
  const toggle = useMutation({
    mutationFn: () =>
      putWebhook(project, webhook.name, {
        url: webhook.url,
        paused: !webhook.paused,
        ...(webhook.types.length > 0 ? { types: webhook.types } : {}),
        ...(webhook.subject ? { subject: webhook.subject } : {}),
        ...(webhook.description ? { description: webhook.description } : {}),
      }),
    onError: (error) => failed(`The webhook was not ${webhook.paused ? 'resumed' : 'paused'}`, error),
    onSettled: reload,
  });
  return (
    <>
      <div className={classes.head}>
        <h2>{webhook.name}</h2>
        <StatusBadge status={state} />
        <Group gap={10} ml="auto" wrap="nowrap">
          <Button loading={test.isPending} onClick={() => test.mutate()}>
            Send a test
          </Button>
          <Button variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
            {webhook.paused ? 'Resume' : 'Pause'}
          </Button>
          <Button variant="default" onClick={() => setAsking('edit')}>
            Edit…
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" aria-label={`More actions of ${webhook.name}`} px={8}>
                <IconDots size={15} aria-hidden />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setAsking('replay')}>Replay from a position…</Menu.Item>
              <Menu.Item onClick={() => setAsking('rotate')}>New secret…</Menu.Item>
              <Menu.Item color="var(--mesh-bad)" onClick={() => setAsking('delete')}>
                Delete…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </div>
      <Panel
        title="How it stands"
        aside={
          <Link to="/p/$project/settings/webhooks" params={{ project }}>
            All webhooks
          </Link>
        }
      >
        <Facts
          of={[
            [state === 'paused' ? 'Paused because' : 'Fails because', cause],
            ['Paused', webhook.pausedAt && <RelativeTime key="paused" at={webhook.pausedAt} />],
            ['Failing since', webhook.failingSince && <RelativeTime key="failing" at={webhook.failingSince} />],
            [
              'Address',
              <span key="url" className="mono">
                {webhook.url}
              </span>,
            ],
            ['Types', webhook.types.join(', ') || 'all'],
            ['About', webhook.subject],
            ['Description', webhook.description],
            ['Last delivered', webhook.lastDeliveredAt && <RelativeTime key="last" at={webhook.lastDeliveredAt} />],
            ['Position', webhook.position],
            ['Secret', `made ${exact(webhook.secretSince)}`],
            ['Made by', webhook.createdBy],
          ]}
        />
      </Panel>
      <Deliveries project={project} webhook={webhook} />
      {asking === 'edit' && <WebhookForm project={project} webhook={webhook} onClose={close} onDone={reload} />}
      {asking === 'replay' && <ReplayDialog project={project} webhook={webhook} onClose={close} onDone={reload} />}
      {asking === 'rotate' && (
        <Confirm
          title={`Make a new secret for ${webhook.name}?`}
          verb="Make it"
          act={async () => setSecret(await rotateSecret(project, webhook.name))}
          onDone={reload}
          onClose={close}
        >
          For 24 hours deliveries are signed with the old one, too: give the new one to the receiver within that time.
        </Confirm>
      )}
      {asking === 'delete' && (
        <Confirm
          title={`Delete the webhook ${webhook.name}?`}
          verb="Delete"
          act={() => deleteWebhook(project, webhook.name)}
          onDone={() => {
            reload();
            void navigate({ to: '/p/$project/settings/webhooks', params: { project } });
          }}
          onClose={close}
        >
          Nothing is posted any more. Its deliveries, those that wait and those that failed among them, and its secret are forgotten.
        </Confirm>
      )}
      {secret && (
        <SecretOnce title={`New secret of ${webhook.name}`} secret={secret.secret} onClose={() => setSecret(null)}>
          Deliveries are signed with it from now on; the old one signs, too, until {exact(secret.previousUntil)}.
        </SecretOnce>
      )}
    </>
  );
}
