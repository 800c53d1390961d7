import { Button, Checkbox, Popover, ScrollArea, TextInput } from '@mantine/core';
import { IconColumns3, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import classes from './ColumnChooser.module.css';
import type { Column, ColumnView } from './column';

interface ColumnChooserProps<Row> {
  columns: readonly Column<Row>[];
  view: ColumnView;
  onView: (view: ColumnView) => void;
  /** Columns as they are at first. */
  initial: readonly string[];
}

/** Chooses which columns a table shows. */
export function ColumnChooser<Row>({ columns, view, onView, initial }: ColumnChooserProps<Row>) {
  const [wanted, setWanted] = useState('');
  const groups = useMemo(() => {
    const found = columns.filter((column) => !column.fixed && column.header.toLowerCase().includes(wanted.trim().toLowerCase()));
    const byGroup = new Map<string, Column<Row>[]>();
    for (const column of found) {
      const group = column.group ?? 'Columns';
      byGroup.set(group, [...(byGroup.get(group) ?? []), column]);
    }
    return byGroup;
  }, [columns, wanted]);

  const toggle = (id: string) =>
    onView({ ...view, columns: view.columns.includes(id) ? view.columns.filter((column) => column !== id) : [...view.columns, id] });

  return (
    <Popover position="bottom-end" width={280} shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={15} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <TextInput
          aria-label="Find a column"
          placeholder="Find a column"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          data-autofocus
        />
        <ScrollArea.Autosize mah={360} mt="xs" type="auto">
          {[...groups].map(([group, members]) => (
            <fieldset key={group} className={classes.group}>
              <legend>{group}</legend>
              {members.map((column) => (
                <Checkbox
                  key={column.id}
                  label={column.header}
                  checked={view.columns.includes(column.id)}
                  onChange={() => toggle(column.id)}
                  className={classes.choice}
                />
              ))}
            </fieldset>
          ))}
          {groups.size === 0 && <p className="quiet">No column of that name.</p>}
        </ScrollArea.Autosize>
        <Button variant="subtle" fullWidth mt="xs" onClick={() => onView({ columns: [...initial], widths: {} })}>
          As at first
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
