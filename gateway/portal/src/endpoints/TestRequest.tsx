import { Autocomplete, Button, Group, JsonInput, SegmentedControl, Select, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { asProblem, problemOf } from '../api/problem';
import { duration } from '../format/times';
import { versionQuery } from '../models/queries';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import classes from './Endpoints.module.css';
import { type Field, faultIn, fieldsOf, requestOf } from './request';

interface Tensor {
  name: string;
  datatype: string;
  shape: number[];
  data: unknown[];
}

/** Sends an endpoint a request, field by field or as JSON, and shows what it answers. It begins with a row as it was usual in training. */
export function TestRequest({ project, endpoint, model, version }: { project: string; endpoint: string; model: string; version: number }) {
  const known = useQuery(versionQuery(project, model, String(version)));
  const fields = useMemo(() => (known.data ? fieldsOf(known.data) : []), [known.data]);
  const [view, setView] = useState<'fields' | 'json'>('fields');
  const [filled, setFilled] = useState<Record<string, string>>({});
  const [text, setText] = useState<string | null>(null);
  const asJson = text ?? JSON.stringify(requestOf(fields, filled), undefined, 1);
  const isWrong =
    view === 'fields' ? fields.some((field) => faultIn(field, filled[field.name] ?? field.usual) !== null) : asJson.trim() === '';
  const send = useMutation({
    mutationFn: async () => {
      const began = performance.now();
      const response = await fetch(`/api/v1/projects/${encodeURIComponent(project)}/v2/models/${encodeURIComponent(endpoint)}/infer`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: view === 'json' ? asJson : JSON.stringify(requestOf(fields, filled)),
      });
      const body = (await response.json().catch(() => undefined)) as { outputs?: Tensor[] } | undefined;
      if (!response.ok) throw problemOf(response.status, body);
      return { outputs: body?.outputs ?? [], took: performance.now() - began };
    },
  });
  return (
    <Panel
      title="Try it"
      aside={
        <SegmentedControl
          aria-label="How to fill it in"
          value={view}
          onChange={(next) => {
            setView(next as typeof view);
            setText(null);
          }}
          data={[
            { value: 'fields', label: 'Fields' },
            { value: 'json', label: 'JSON' },
          ]}
        />
      }
    >
      {known.error ? (
        <ProblemNotice error={known.error} onRetry={() => void known.refetch()} />
      ) : known.isPending ? (
        <Skeleton height={220} radius={0} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isWrong) send.mutate();
          }}
        >
          <Stack gap="sm" className={classes.try ?? ''}>
            {view === 'json' ? (
              <JsonInput
                aria-label="Request"
                description="A request of the Open Inference Protocol: a tensor for each column."
                value={asJson}
                onChange={setText}
                validationError="This is not JSON."
                rows={12}
                className="mono"
              />
            ) : (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
              <section className={classes.fields} aria-label="Values of the row" tabIndex={0}>
                {fields.map((field) => (
                  <Value
                    key={field.name}
                    field={field}
                    value={filled[field.name] ?? field.usual}
                    onChange={(value) => setFilled({ ...filled, [field.name]: value })}
                  />
                ))}
              </section>
            )}
            <Group gap="sm">
              <Button type="submit" loading={send.isPending} disabled={isWrong}>
                Send
              </Button>
              {(text !== null || Object.keys(filled).length > 0) && (
                <Button
                  variant="default"
                  onClick={() => {
                    setText(null);
                    setFilled({});
                  }}
                >
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
            <div aria-live="polite">
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
            </div>
          </Stack>
        </form>
      )}
    </Panel>
  );
}

function Value({ field, value, onChange }: { field: Field; value: string; onChange: (value: string) => void }) {
  const label = <span title={`${field.name}, ${field.type}${field.range && `, ${field.range}`}`}>{field.name}</span>;
  if (field.kind === 'bool' && field.lengths.length === 0) {
    return (
      <Select label={label} data={['true', 'false']} value={value} onChange={(next) => next && onChange(next)} allowDeselect={false} />
    );
  }
  if (field.categories.length > 0) {
    return <Autocomplete label={label} data={field.categories} value={value} onChange={onChange} limit={100} size="xs" />;
  }
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={faultIn(field, value)}
      inputMode={field.kind === 'text' ? 'text' : 'decimal'}
      placeholder={field.kind === 'number' ? 'missing' : ''}
    />
  );
}
