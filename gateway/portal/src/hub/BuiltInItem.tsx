import { Badge, Button, Skeleton, Stack } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { itemSubject } from '../functions/jobDraft';
import { ParamTable } from '../functions/ParamTable';
import { SubmitJob } from '../functions/SubmitJob';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { Example, exampleDraft } from './Example';
import classes from './Hub.module.css';
import { builtInQuery } from './queries';

/** An item that Mesh itself offers: what it takes, what it makes, an example; it runs at once. */
export function BuiltInItem() {
  const project = useProject();
  const { name } = useSearch({ from: '/frame/p/$project/hub/item' });
  const items = useQuery(builtInQuery);
  const [submitting, setSubmitting] = useState<'empty' | 'example' | null>(null);
  const item = items.data?.find((one) => one.name === name);
  const required = item?.params.filter((param) => param.required).map((param) => `-p ${param.name}=…`) ?? [];

  return (
    <Screen
      title={name || 'Item'}
      above={
        <Link to="/p/$project/hub" params={{ project }}>
          Hub
        </Link>
      }
      beside={item?.categories?.map((category) => <Badge key={category}>{category}</Badge>)}
      actions={
        item && (
          <Button leftSection={<IconPlayerPlay size={15} aria-hidden />} onClick={() => setSubmitting('empty')}>
            Submit a job…
          </Button>
        )
      }
    >
      {items.error ? (
        <ProblemNotice error={items.error} onRetry={() => void items.refetch()} />
      ) : items.isPending ? (
        <Skeleton height={320} />
      ) : item ? (
        <Stack gap="md">
          <p className={classes.what}>{item.description}</p>
          <Panel title="Params">
            <ParamTable params={item.params} />
          </Panel>
          <Panel title="What it reads and makes">
            <Facts
              of={[
                ['Reads', lines(item.inputs)],
                ['Makes', lines(item.outputs)],
                ['Version', item.version],
              ]}
            />
          </Panel>
          <Example
            example={item.example}
            command={`mesh jobs submit --item ${item.name} ${required.join(' ')} -P ${project}`}
            onUse={() => setSubmitting('example')}
          />
          {submitting && (
            <SubmitJob
              project={project}
              title={`Submit ${item.name}`}
              subject={itemSubject(item)}
              initial={submitting === 'example' ? exampleDraft(item.example) : {}}
              onClose={() => setSubmitting(null)}
            />
          )}
        </Stack>
      ) : (
        <EmptyState title="There is no such item">The hub of Mesh has no item {name}.</EmptyState>
      )}
    </Screen>
  );
}

const lines = (texts: readonly string[] | null | undefined) => (texts?.length ? texts.map((text) => <div key={text}>{text}</div>) : null);
