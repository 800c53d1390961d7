/** What the address of a comparison of versions holds. */
export interface CompareSearch {
  /** Numbers of versions, by commas; the newest without. */
  versions?: string;
  /** Whether only what differs is shown. */
  differs?: true;
}

/** The most versions that can be compared at once. */
export const mostVersions = 20;

const whole = /^[1-9]\d{0,8}$/;

/** The versions of an address, each once. */
export const versionsOf = (text: string | undefined): number[] =>
  [
    ...new Set(
      (text ?? '')
        .split(',')
        .filter((one) => whole.test(one))
        .map(Number),
    ),
  ].slice(0, mostVersions);

/** Reads the address; what is out of form is dropped. */
export function readCompareSearch(search: Record<string, unknown>): CompareSearch {
  const versions = versionsOf(
    typeof search.versions === 'number' ? String(search.versions) : typeof search.versions === 'string' ? search.versions : '',
  );
  return { ...(versions.length > 0 ? { versions: versions.join(',') } : {}), ...(search.differs === true ? { differs: true } : {}) };
}
