import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { StatusBadge } from '../shell/StatusBadge';
import { statuses } from './search';

/** Chooses states of runs. */
export function StatusFilter({ value, onChange }: { value: string[]; onChange: (value: string[]) => void }) {
  const toggle = (status: string) => onChange(value.includes(status) ? value.filter((other) => other !== status) : [...value, status]);
  return (
    <Popover position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
          {value.length === 0 ? 'All states' : value.length < 3 ? value.join(', ') : `${value.length} states`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap={8} role="group" aria-label="States">
          {statuses.map((status) => (
            <Checkbox
              key={status}
              label={<StatusBadge status={status} />}
              checked={value.includes(status)}
              onChange={() => toggle(status)}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
