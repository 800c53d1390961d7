import { Button, Group, JsonInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem, problemOf } from '../api/problem';
import { duration } from '../format/times';
import { versionQuery } from '../models/queries';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import classes from './Endpoints.module.css';
import { exampleOf } from './request';

interface Tensor {
  name: string;
  datatype: string;
  shape: number[];
  data: unknown[];
}

/** Sends an endpoint a request and shows what it answers. It begins with a row as it was usual in training. */
export function TestRequest({ project, endpoint, model, version }: { project: string; endpoint: string; model: string; version: number }) {
  const known = useQuery(versionQuery(project, model, String(version)));
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? (known.data ? JSON.stringify(exampleOf(known.data), undefined, 1) : '');
  const send = useMutation({
    mutationFn: async () => {
      const began = performance.now();
      const response = await fetch(`/api/v1/projects/${encodeURIComponent(project)}/v2/models/${encodeURIComponent(endpoint)}/infer`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: shown,
      });
      const body = (await response.json().catch(() => undefined)) as { outputs?: Tensor[] } | undefined;
      if (!response.ok) throw problemOf(response.status, body);
      return { outputs: body?.outputs ?? [], took: performance.now() - began };
    },
  });
  return (
    <Panel title="Try it">
      <Stack gap="sm" className={classes.try ?? ''}>
        <JsonInput
          aria-label="Request"
          description="A request of the Open Inference Protocol: a tensor for each column."
          value={shown}
          onChange={setText}
          validationError="This is not JSON."
          rows={9}
          className="mono"
        />
        <Group gap="sm">
          <Button onClick={() => send.mutate()} loading={send.isPending} disabled={shown === ''}>
            Send
          </Button>
          {text !== null && (
            <Button variant="default" onClick={() => setText(null)}>
              Begin again
            </Button>
          )}
          {send.data && <span className="quiet">answered in {duration(send.data.took)}</span>}
        </Group>
        {send.error && (
          <Text c="var(--mesh-bad)" role="alert">
            {asProblem(send.error).sentence}
          </Text>
        )}
        {send.data && (
          <Facts
            of={send.data.outputs.map((output) => [
              output.name,
              <span key={output.name} className="mono">
                {output.data.slice(0, 20).map(String).join(', ')}
                {output.data.length > 20 && ', …'}
              </span>,
            ])}
          />
        )}
      </Stack>
    </Panel>
  );
}
