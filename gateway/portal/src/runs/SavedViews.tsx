import { ActionIcon, Button, Group, Popover, TextInput } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import classes from './SavedViews.module.css';
import type { RunsSearch } from './search';
import { useViews } from './views';

interface SavedViewsProps {
  project: string;
  search: RunsSearch;
  onChoose: (search: RunsSearch) => void;
}

/** Views of the table that were given names: filter, order and columns. */
export function SavedViews({ project, search, onChoose }: SavedViewsProps) {
  const { views, save, remove } = useViews(project);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const current = views.find((view) => JSON.stringify(view.search) === JSON.stringify(search));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    save({ name: name.trim(), search });
    setName('');
    setOpen(false);
  };

  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={280} shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconBookmark size={15} aria-hidden />} onClick={() => setOpen(!open)}>
          {current?.name ?? 'Views'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        {views.length === 0 && <p className={classes.hint}>A view keeps filter, order and columns under a name, in this browser.</p>}
        <ul className={classes.list}>
          {views.map((view) => (
            <li key={view.name} className={classes.view}>
              <button
                type="button"
                className={classes.choose}
                onClick={() => {
                  onChoose(view.search);
                  setOpen(false);
                }}
              >
                {view.name}
              </button>
              <ActionIcon size="sm" aria-label={`Remove view ${view.name}`} onClick={() => remove(view.name)}>
                <IconTrash size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <form onSubmit={submit}>
          <Group gap="xs" wrap="nowrap">
            <TextInput
              aria-label="Name of the view"
              placeholder="Keep this view as…"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              maxLength={60}
              flex={1}
              data-autofocus
            />
            <Button type="submit" disabled={name.trim() === ''}>
              Keep
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
