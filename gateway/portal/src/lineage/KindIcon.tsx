import {
  type Icon,
  IconBell,
  IconBookmark,
  IconBox,
  IconChartHistogram,
  IconCode,
  IconDatabase,
  IconExternalLink,
  IconFile,
  IconPlayerPlay,
  IconServer2,
} from '@tabler/icons-react';
import type { GraphNode } from './graph';

const icons: Record<string, Icon> = {
  dataset: IconDatabase,
  table: IconDatabase,
  'registered-model': IconBox,
  run: IconPlayerPlay,
  endpoint: IconServer2,
  window: IconChartHistogram,
  alert: IconBell,
  external: IconExternalLink,
  function: IconCode,
};

/** The mark of what a thing is; the word for it stands beside. */
export function KindIcon({ node, className }: { node: Pick<GraphNode, 'kind' | 'uri'>; className?: string | undefined }) {
  const Mark = node.kind === 'registered-model' && node.uri.includes('#') ? IconBookmark : (icons[node.kind] ?? IconFile);
  return <Mark size={16} stroke={1.7} aria-hidden className={className} />;
}
