/** Whether a metric tells of the machine and not of the model. */
export const isSystem = (name: string): boolean => name.startsWith('system/');

/** A value of the API, in which NaN and infinities are words. */
export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number(value));
