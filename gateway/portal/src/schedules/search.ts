/** What the address of the schedules holds: which one is opened. */
export interface SchedulesSearch {
  name?: string;
}

/** Reads the address. */
export const readSchedulesSearch = (search: Record<string, unknown>): SchedulesSearch =>
  typeof search.name === 'string' && search.name !== '' ? { name: search.name } : {};
