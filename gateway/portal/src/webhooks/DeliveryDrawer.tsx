import { Button, Drawer, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { measure } from '../format/numbers';
import { exact } from '../format/times';
import { Facts } from '../shell/Facts';
import { done, failed } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { StatusBadge } from '../shell/StatusBadge';
import { type Delivery, redeliver } from './queries';

interface DeliveryDrawerProps {
  project: string;
  webhook: string;
  delivery: Delivery;
  onClose: () => void;
  onDone: () => void;
}

/** A delivery: what the receiver said, and the event that it carries. */
export function DeliveryDrawer({ project, webhook, delivery, onClose, onDone }: DeliveryDrawerProps) {
  const again = useMutation({
    mutationFn: () => redeliver(project, webhook, Number(delivery.id)),
    onSuccess: () => done('The delivery is made again'),
    onError: (error) => failed('The delivery was not made again', error),
    onSettled: onDone,
  });
  const time = (at: string | null | undefined) => (at ? exact(at) : null);
  return (
    <Drawer opened onClose={onClose} position="right" closeButtonProps={{ 'aria-label': 'Close' }} size="md" title={delivery.type}>
      <Stack gap="md">
        <Group gap="xs">
          <StatusBadge status={String(delivery.state)} />
          <Button ml="auto" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
            {delivery.state === 'pending' ? 'Try it now' : 'Deliver it again'}
          </Button>
        </Group>
        <Panel title="Delivery">
          <Facts
            of={[
              ['Number', delivery.id],
              ['Cause', delivery.cause],
              ['Answer', delivery.statusCode],
              ['Latency', delivery.latencyMs == null ? null : `${measure(Number(delivery.latencyMs), 3)} ms`],
              ['Attempts', delivery.attempts],
              ['Made', time(delivery.createdAt)],
              ['Last attempt', time(delivery.lastAttemptAt)],
              ['Next attempt', time(delivery.nextAttemptAt)],
            ]}
          />
        </Panel>
        <Panel
          title="Event"
          aside={
            delivery.position != null && (
              <Link to="/p/$project/events" params={{ project }} search={{ event: Number(delivery.position) }}>
                Show the event
              </Link>
            )
          }
        >
          <Facts
            of={[
              [
                'webhook-id',
                <span key="id" className="mono">
                  {delivery.eventId}
                </span>,
              ],
              [
                'About',
                <span key="subject" className="mono">
                  {delivery.subject}
                </span>,
              ],
              ['Position', delivery.position],
            ]}
          />
        </Panel>
      </Stack>
    </Drawer>
  );
}
