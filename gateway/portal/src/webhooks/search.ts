/** The states of deliveries. */
export const deliveryStates = ['pending', 'delivered', 'failed'] as const;

export type DeliveryFilter = (typeof deliveryStates)[number];

/** What the address of a webhook holds: which deliveries are listed, and which one is opened. */
export interface WebhookSearch {
  state?: DeliveryFilter;
  delivery?: number;
}

/** Reads the address; what is out of form is dropped. */
export function readWebhookSearch(search: Record<string, unknown>): WebhookSearch {
  const state = deliveryStates.find((one) => one === search.state);
  const delivery = search.delivery;
  return {
    ...(state ? { state } : {}),
    ...(typeof delivery === 'number' && Number.isInteger(delivery) && delivery > 0 ? { delivery } : {}),
  };
}
