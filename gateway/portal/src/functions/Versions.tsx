import { ActionIcon, Badge, Group, Menu, Select, Skeleton, Stack, TextInput } from '@mantine/core';
import { IconDots, IconTag } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { RelativeTime } from '../format/RelativeTime';
import { FormDialog } from '../shell/FormDialog';
import { done, failed } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { DiffView } from './DiffView';
import classes from './FunctionScreen.module.css';
import { deleteTag, diffQuery, type Fn, moveTag, versionsQuery } from './queries';

interface VersionsProps {
  project: string;
  fn: Fn;
  from: number | undefined;
  to: number | undefined;
  onCompare: (from: number) => void;
}

/** The versions of a function with their tags, and how the shown one differs from another. */
export function Versions({ project, fn, from, to = fn.version, onCompare }: VersionsProps) {
  const versions = useQuery(versionsQuery(project, fn.name));
  const before = from ?? Math.max(1, to - 1);
  const diff = useQuery(diffQuery(project, fn.name, before, to));
  const queries = useQueryClient();
  const [tagging, setTagging] = useState<number | null>(null);
  const refresh = () => void queries.invalidateQueries({ queryKey: [project, 'functions'] });
  const tags = Object.entries(fn.tags ?? {});

  const untag = async (tag: string) => {
    try {
      await deleteTag(project, fn.name, tag);
      done(`Tag ${tag} removed`);
      refresh();
    } catch (error) {
      failed('Tag not removed', error);
    }
  };

  if (versions.error) return <ProblemNotice error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Skeleton height={200} />;
  return (
    <Stack gap="md">
      <Panel title="Versions">
        <table className={classes.params}>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Tags</th>
              <th scope="col">Defined</th>
              <th scope="col">By</th>
              <th scope="col">Hash</th>
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {versions.data.map((one) => {
              const own = tags.filter(([, version]) => version === one.version).map(([tag]) => tag);
              return (
                <tr key={one.version}>
                  <th scope="row">
                    <Link
                      to="/p/$project/functions/$function"
                      params={{ project, function: fn.name }}
                      search={one.version === fn.version ? {} : { version: one.version }}
                    >
                      {one.version}
                    </Link>
                    {one.version === fn.version && <span className="quiet"> current</span>}
                  </th>
                  <td>
                    <Group gap={4}>
                      {own.map((tag) => (
                        <Badge key={tag}>{tag}</Badge>
                      ))}
                    </Group>
                  </td>
                  <td>
                    <RelativeTime at={one.createdAt} />
                  </td>
                  <td>{one.createdBy}</td>
                  <td className="mono">{one.hash.slice(0, 10)}</td>
                  <td style={{ textAlign: 'right' }}>
                    <Menu>
                      <Menu.Target>
                        <ActionIcon aria-label={`Actions of version ${one.version}`} size="sm">
                          <IconDots size={15} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item leftSection={<IconTag size={14} aria-hidden />} onClick={() => setTagging(one.version)}>
                          Tag…
                        </Menu.Item>
                        {one.version !== to && <Menu.Item onClick={() => onCompare(one.version)}>Compare with version {to}</Menu.Item>}
                        {own.map((tag) => (
                          <Menu.Item key={tag} onClick={() => void untag(tag)}>
                            Remove tag {tag}
                          </Menu.Item>
                        ))}
                      </Menu.Dropdown>
                    </Menu>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Panel>
      {versions.data.length > 1 && (
        <div>
          <div className={classes.bar}>
            What changed from
            <Select
              aria-label="Compared with version"
              data={versions.data.filter(({ version }) => version !== to).map(({ version }) => String(version))}
              value={before === to ? null : String(before)}
              onChange={(version) => version && onCompare(Number(version))}
              allowDeselect={false}
              w={80}
            />
            to version {to}
          </div>
          {diff.error ? (
            <ProblemNotice error={diff.error} onRetry={() => void diff.refetch()} />
          ) : diff.data ? (
            <DiffView files={diff.data.files} fields={diff.data.fields} />
          ) : (
            before !== to && <Skeleton height={160} />
          )}
        </div>
      )}
      {tagging !== null && <Tagging project={project} fn={fn} version={tagging} onClose={() => setTagging(null)} onDone={refresh} />}
    </Stack>
  );
}

function Tagging({
  project,
  fn,
  version,
  onClose,
  onDone,
}: {
  project: string;
  fn: Fn;
  version: number;
  onClose: () => void;
  onDone: () => void;
}) {
  const [tag, setTag] = useState('');
  const now = fn.tags?.[tag.trim()];
  const move = useMutation({
    mutationFn: () => moveTag(project, fn.name, tag.trim(), version, now ?? null),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Tag version ${version}`}
      verb={now === undefined || now === version ? 'Tag' : 'Move'}
      action={move}
      disabled={tag.trim() === ''}
      onClose={onClose}
    >
      <TextInput
        label="Tag"
        description={
          now === undefined || now === version ? 'Jobs and schedules can name a version by its tag.' : `It moves from version ${now}.`
        }
        value={tag}
        onChange={(event) => setTag(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  );
}
