import { ActionIcon } from '@mantine/core';
import { IconFocusCentered } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useProject } from '../shell/projectName';
import { readAddress, writeOf } from './address';
import type { GraphNode } from './graph';

/** Leads to the lineage that starts from a thing. */
export function FromHere({ node }: { node: Pick<GraphNode, 'uri' | 'title' | 'kind'> }) {
  const project = useProject();
  const thing = readAddress(node.uri);
  if (!thing || thing.kind === 'function') return null;
  return (
    <ActionIcon
      component={Link}
      size="sm"
      aria-label={`Lineage of ${node.title}`}
      title={`Lineage of ${node.title}`}
      {...({ to: '/p/$project/lineage', params: { project }, search: { of: writeOf(thing) } } as object)}
    >
      <IconFocusCentered size={14} aria-hidden />
    </ActionIcon>
  );
}
