import { Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { rowsOf } from '../api/paging';
import { type Artifact, versionsQuery } from './queries';
import { tagsOf } from './tags';

interface VersionChoiceProps {
  project: string;
  artifact: Artifact;
  /** The one that is chosen; null for none yet. */
  version: number | null;
  label?: string;
  /** Leaves one version out. */
  except?: number;
  onChoose: (version: number) => void;
}

/** Chooses a version of an artifact: one of the newest, or the one that is shown. */
export function VersionChoice({ project, artifact, version, label = 'Version', except, onChoose }: VersionChoiceProps) {
  const versions = useInfiniteQuery(versionsQuery(project, artifact.key));
  const numbers = new Set([...(version === null ? [] : [version]), ...rowsOf(versions.data).map((one) => one.version)]);
  return (
    <Select
      aria-label={label}
      data={[...numbers]
        .filter((number) => number !== except)
        .sort((a, b) => b - a)
        .map((number) => ({
          value: String(number),
          label: [`Version ${number}`, number === artifact.latest.version ? 'newest' : '', ...tagsOf(artifact, number)]
            .filter(Boolean)
            .join(' · '),
        }))}
      value={version === null ? null : String(version)}
      placeholder="Choose a version"
      onChange={(next) => next && onChoose(Number(next))}
      allowDeselect={false}
      searchable={numbers.size > 12}
      w={220}
    />
  );
}
