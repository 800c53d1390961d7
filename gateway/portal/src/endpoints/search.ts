/** How far back the charts of an endpoint go. */
export const spans = {
  hour: { label: 'Last hour', hours: 1, points: 120 },
  day: { label: 'Last day', hours: 24, points: 288 },
  week: { label: 'Last week', hours: 168, points: 500 },
} as const;

export type Span = keyof typeof spans;

/** What the address of an endpoint holds. */
export interface EndpointSearch {
  span?: Exclude<Span, 'hour'>;
  /** The window of drift that is shown, by its beginning; the newest without. */
  window?: string;
  /** The feature that is opened. */
  feature?: string;
}

const text = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Reads the address; what is out of form is dropped. */
export const readEndpointSearch = ({ span, window, feature }: Record<string, unknown>): EndpointSearch => ({
  ...(span === 'day' || span === 'week' ? { span } : {}),
  ...(text(window) && !Number.isNaN(Date.parse(window)) ? { window } : {}),
  ...(text(feature) ? { feature } : {}),
});
