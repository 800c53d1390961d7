import { Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface ScreenLinkProps {
  /** Path of a route, such as `/p/$project/models/$model`. */
  to: string;
  params: Record<string, string>;
  search?: Record<string, unknown> | undefined;
  className?: string | undefined;
  title?: string | undefined;
  /** Whether nothing is shown where there is no such screen. */
  optional?: boolean;
  children: ReactNode;
}

/** A link to a screen of another area by its path; plain text where there is no such screen. */
export function ScreenLink({ to, params, search, className, title, optional = false, children }: ScreenLinkProps) {
  const router = useRouter();
  if (!(to in router.routesByPath)) {
    return optional ? null : (
      <span className={className} title={title}>
        {children}
      </span>
    );
  }
  return (
    <Link to={to as '/p/$project'} params={params as { project: string }} search={search ?? {}} className={className} title={title}>
      {children}
    </Link>
  );
}
