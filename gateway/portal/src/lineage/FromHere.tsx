import { ActionIcon } from '@mantine/core';
import { IconFocusCentered } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useProject } from '../shell/projectName';
import { readAddress, writeOf } from './address';
import type { GraphNode } from './graph';

/** Leads to the lineage that starts from a thing. */
export function FromHere({ node, size = 24 }: { node: Pick<GraphNode, 'uri' | 'title' | 'kind'>; size?: number }) {
  const project = useProject();
  const thing = readAddress(node.uri);
  if (!thing) return null;
  return (
    <ActionIcon
      size={size}
      data-from-here
      aria-label={`Lineage of ${node.title}`}
      title={`Lineage of ${node.title}`}
      renderRoot={(props) => <Link {...props} to="/p/$project/lineage" params={{ project }} search={{ of: writeOf(thing) }} />}
    >
      <IconFocusCentered size={14} aria-hidden />
    </ActionIcon>
  );
}
