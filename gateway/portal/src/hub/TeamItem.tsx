import { Badge, Button, Select, Skeleton, Stack, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { DiffView } from '../functions/DiffView';
import { ParamTable } from '../functions/ParamTable';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { Example } from './Example';
import classes from './Hub.module.css';
import { hubDiffQuery, hubDocQuery, hubItemQuery, hubVersionsQuery, importItem, type TeamItem } from './queries';

/** An item of a hub of the project: its manifest by version, and how versions differ; it is imported as a function. */
export function TeamItemScreen({ hub }: { hub: string }) {
  const project = useProject();
  const { name, version, against } = useSearch({ from: '/frame/p/$project/hub/item' });
  const navigate = useNavigate();
  const item = useQuery(hubItemQuery(project, hub, name, version));
  const versions = useQuery(hubVersionsQuery(project, hub, name));
  const [importing, setImporting] = useState(false);
  const set = (change: { version?: string; against?: string }) =>
    void navigate({ to: '/p/$project/hub/item', params: { project }, search: { hub, name, ...(version ? { version } : {}), ...change } });
  const shown = item.data;

  return (
    <Screen
      title={name}
      above={
        <>
          <Link to="/p/$project/hub" params={{ project }}>
            Hub
          </Link>{' '}
          / {hub}
        </>
      }
      beside={shown?.manifest.categories?.map((category) => <Badge key={category}>{category}</Badge>)}
      actions={
        shown && (
          <>
            <Select
              aria-label="Version"
              data={(versions.data ?? [shown]).map((one) => ({
                value: one.version,
                label: one.version === shown.latest ? `${one.version} · latest` : one.version,
              }))}
              value={shown.version}
              onChange={(next) => next && set({ version: next })}
              allowDeselect={false}
              w={170}
            />
            <Button leftSection={<IconDownload size={15} aria-hidden />} onClick={() => setImporting(true)}>
              Import as a function…
            </Button>
          </>
        )
      }
    >
      {item.error ? (
        <ProblemNotice error={item.error} onRetry={() => void item.refetch()} />
      ) : shown ? (
        <Stack gap="md">
          <p className={classes.what}>{shown.manifest.description}</p>
          <Manifest item={shown} />
          <Example
            example={shown.manifest.example}
            first={`mesh hub import ${hub}/${name}@${shown.version} -P ${project}`}
            command={`mesh jobs submit --function ${name} -P ${project}`}
          />
          {shown.manifest.doc && <Doc project={project} item={shown} />}
          {(versions.data?.length ?? 0) > 1 && (
            <Changes
              project={project}
              item={shown}
              versions={versions.data?.map((one) => one.version) ?? []}
              against={against}
              onAgainst={(next) => set({ against: next })}
            />
          )}
          {importing && <Import project={project} item={shown} onClose={() => setImporting(false)} />}
        </Stack>
      ) : (
        <Skeleton height={320} />
      )}
    </Screen>
  );
}

function Manifest({ item }: { item: TeamItem }) {
  const { manifest } = item;
  return (
    <>
      <Panel title="Params">
        {manifest.params?.length ? (
          <ParamTable params={manifest.params} />
        ) : (
          <EmptyState compact title="It declares no param">
            It runs as it is.
          </EmptyState>
        )}
      </Panel>
      <Panel title="What it is">
        <Facts
          of={[
            [
              'Runs',
              <span key="command" className="mono">
                {manifest.command.join(' ')}
              </span>,
            ],
            ...(manifest.inputs ?? []).map(
              (input) => [`Input ${input.name}`, [input.uri, input.description].filter(Boolean).join(' · ') || 'an artifact'] as const,
            ),
            ...(manifest.outputs ?? []).map((output) => [`Output ${output.name}`, `${output.path} · ${output.kind ?? 'file'}`] as const),
            ['Packages', manifest.requirements?.join(', ')],
            ['Secrets', manifest.secrets?.join(', ')],
            [
              'Added',
              <span key="added">
                <RelativeTime at={item.addedAt} /> by {item.addedBy}
              </span>,
            ],
            [
              'Hash',
              <span key="hash" className="mono">
                {item.hash.slice(0, 16)}
              </span>,
            ],
          ]}
        />
      </Panel>
    </>
  );
}

function Doc({ project, item }: { project: string; item: TeamItem }) {
  const doc = useQuery(hubDocQuery(project, item.hub, item.name, item.version));
  return (
    <Panel title="Document">
      {doc.error ? (
        <ProblemNotice error={doc.error} onRetry={() => void doc.refetch()} />
      ) : doc.data ? (
        <pre className={classes.doc}>{doc.data.text}</pre>
      ) : (
        <Skeleton height={120} m="sm" />
      )}
    </Panel>
  );
}

interface ChangesProps {
  project: string;
  item: TeamItem;
  versions: readonly string[];
  against: string | undefined;
  onAgainst: (version: string) => void;
}

function Changes({ project, item, versions, against, onAgainst }: ChangesProps) {
  const before = against ?? versions[versions.indexOf(item.version) + 1] ?? item.version;
  const diff = useQuery(hubDiffQuery(project, item.hub, item.name, before, item.version));
  return (
    <section aria-label="What changed">
      <div className={classes.filters} style={{ alignItems: 'center' }}>
        What changed from
        <Select
          aria-label="Compared with version"
          data={versions.filter((one) => one !== item.version)}
          value={before === item.version ? null : before}
          onChange={(version) => version && onAgainst(version)}
          allowDeselect={false}
          w={110}
        />
        to {item.version}
      </div>
      {diff.error ? (
        <ProblemNotice error={diff.error} onRetry={() => void diff.refetch()} />
      ) : diff.data ? (
        <DiffView files={diff.data.files} fields={diff.data.fields} />
      ) : (
        before !== item.version && <Skeleton height={160} />
      )}
    </section>
  );
}

function Import({ project, item, onClose }: { project: string; item: TeamItem; onClose: () => void }) {
  const [name, setName] = useState(item.name);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: () => importItem(project, item.hub, item.name, { version: item.version, function: name.trim() }),
    onSuccess: async (fn) => {
      done(`${fn.name} is version ${fn.version} now`);
      await queries.invalidateQueries({ queryKey: [project, 'functions'] });
      await navigate({ to: '/p/$project/functions/$function', params: { project, function: fn.name } });
    },
  });
  return (
    <FormDialog
      title={`Import ${item.hub}/${item.name}@${item.version}`}
      verb="Import"
      action={make}
      disabled={name.trim() === ''}
      onClose={onClose}
    >
      <TextInput
        label="Function"
        description="It is made, or gets a new version. From its page a job is submitted."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
    </FormDialog>
  );
}
