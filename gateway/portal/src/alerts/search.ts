/** What the address of the alerts holds. */
export interface AlertsSearch {
  /** The rule that is opened. */
  rule?: string;
  /** What a new rule begins with: then its form is open. */
  on?: string;
  subject?: string;
}

/** Reads the address. */
export function readAlertsSearch(search: Record<string, unknown>): AlertsSearch {
  const text = (key: keyof AlertsSearch) => (typeof search[key] === 'string' && search[key] !== '' ? { [key]: search[key] } : {});
  return { ...text('rule'), ...text('on'), ...text('subject') };
}
