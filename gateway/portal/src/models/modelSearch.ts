/** What the address of a model holds: the metrics of its chart, by commas. */
export interface ModelSearch {
  metrics?: string;
}

/** Reads the address. */
export const readModelSearch = ({ metrics }: Record<string, unknown>): ModelSearch => (typeof metrics === 'string' ? { metrics } : {});
