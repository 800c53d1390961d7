import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { theme } from '../theme';

/** Renders a part of a screen as the application does, with a query cache of its own. */
export function renderPart(part: ReactNode) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return {
    queries,
    ...render(
      <QueryClientProvider client={queries}>
        <MantineProvider theme={theme} env="test">
          {part}
        </MantineProvider>
      </QueryClientProvider>,
    ),
  };
}
