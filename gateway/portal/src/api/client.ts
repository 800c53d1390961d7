import createClient, { type FetchResponse, type MaybeOptionalInit } from 'openapi-fetch';
import { problemOf, unreachable } from './problem';
import type { components, paths } from './schema';

/** Types of the public API by name: `Schema<'RunInfo'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** The public API of this origin. The browser's cookie says who asks; that it comes from here, the browser says by itself (`Sec-Fetch-Site`). */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });

type SignedOut = () => void;
let signedOut: SignedOut = () => {};

/** Says what to do when the mesh no longer knows who asks. */
export function onSignedOut(handler: SignedOut): void {
  signedOut = handler;
}

/**
 * Waits for an answer and gives its body, or throws what the mesh refused with as a `Problem`.
 *
 * `const run = await answer(api.GET('/api/v1/projects/{project}/runs/{run}', { params: { path: { project, run } }, signal }))`
 */
export async function answer<
  T extends Record<string | number, unknown>,
  O extends MaybeOptionalInit<T, never>,
  M extends `${string}/${string}`,
>(request: Promise<FetchResponse<T, O, M>>): Promise<NonNullable<FetchResponse<T, O, M>['data']>> {
  let answered: FetchResponse<T, O, M>;
  try {
    answered = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable();
  }

  const { data, error, response } = answered;
  if (!response.ok) {
    if (response.status === 401) signedOut();
    throw problemOf(response.status, error);
  }

  return data as NonNullable<FetchResponse<T, O, M>['data']>;
}
