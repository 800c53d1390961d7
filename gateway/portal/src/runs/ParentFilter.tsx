import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { runNamesQuery } from './queries';

/** Says whose children alone are shown, and takes that away. */
export function ParentFilter({ project, parent, onClear }: { project: string; parent: string; onClear: () => void }) {
  const ids = useMemo(() => [parent], [parent]);
  const names = useQuery(runNamesQuery(project, ids));
  return (
    <Button variant="default" rightSection={<IconX size={14} aria-hidden />} onClick={onClear} title="Show other runs too" maw={260}>
      Children of {names.data?.get(parent) ?? parent}
    </Button>
  );
}
