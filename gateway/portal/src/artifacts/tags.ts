import type { Artifact } from './queries';

/** The tags that point to a version. */
export const tagsOf = (artifact: Pick<Artifact, 'tags'> | undefined, version: number): string[] =>
  Object.entries(artifact?.tags ?? {}).flatMap(([tag, to]) => (to === version ? [tag] : []));

/** Whether a tag can be called so: latest and v1, v2, … are names of versions. */
export const isTag = (text: string): boolean => /^(?!(latest|v\d+)$)[a-z0-9_-]{1,255}$/i.test(text);
