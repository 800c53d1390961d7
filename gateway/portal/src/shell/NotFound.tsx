import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { EmptyState } from './EmptyState';
import { Screen } from './Screen';

/** What stands at an address where nothing is. */
export function NotFound() {
  return (
    <Screen title="Not found">
      <EmptyState
        title="There is nothing at this address"
        action={
          <Button component={Link} to="/" variant="default">
            To the projects
          </Button>
        }
      >
        The address may be mistyped, or what was here has been removed.
      </EmptyState>
    </Screen>
  );
}
