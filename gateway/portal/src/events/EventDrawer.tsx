import { Button, CopyButton, Drawer, Group, Stack } from '@mantine/core';
import { exact } from '../format/times';
import type { MeshEvent } from '../live/meshEvent';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import classes from './Events.module.css';
import { cloudEvent, lineOf } from './search';

interface EventDrawerProps {
  event: MeshEvent;
  onClose: () => void;
  onReplay: () => void;
}

/** An event whole: in words, and as the CloudEvent that others get. */
export function EventDrawer({ event, onClose, onReplay }: EventDrawerProps) {
  const json = cloudEvent(event);
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={event.type}>
      <Stack gap="md">
        <p style={{ margin: 0 }}>{lineOf(event)}</p>
        <Panel title="Where it stands">
          <Facts
            of={[
              ['Position', event.position],
              ['When', exact(event.time)],
              ['By', event.actor],
              [
                'About',
                <span key="subject" className="mono">
                  {event.subject}
                </span>,
              ],
              ['From', event.source],
            ]}
          />
        </Panel>
        <Group justify="space-between">
          <Button variant="default" onClick={onReplay}>
            Show what came after it
          </Button>
          <CopyButton value={json} timeout={1500}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy the CloudEvent'}
              </Button>
            )}
          </CopyButton>
        </Group>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard. */}
        <pre className={classes.json} tabIndex={0}>
          {json}
        </pre>
      </Stack>
    </Drawer>
  );
}
