import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';
import { problemOf, unreachable } from './problem';

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/me', { signal })),
  staleTime: 60_000,
});

async function session(method: 'POST' | 'DELETE', body?: unknown): Promise<void> {
  const response = await fetch('/session', {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => undefined));
}

/** Signs in by an access token; the browser keeps it in a cookie that scripts cannot read. */
export const signIn = (token: string) => session('POST', { token });

/** Ends the session of this browser. */
export const signOut = () => session('DELETE');
