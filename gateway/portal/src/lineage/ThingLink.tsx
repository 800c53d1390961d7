import type { ReactNode } from 'react';
import { ScreenLink } from '../shell/ScreenLink';
import { readAddress, screenOf } from './address';

/** A link to the screen of a thing, plain text where it has none. */
export function ThingLink({
  uri,
  title,
  className,
  children,
}: {
  uri: string;
  title?: string;
  className?: string | undefined;
  children: ReactNode;
}) {
  const thing = readAddress(uri);
  const screen = thing && screenOf(thing);
  if (!screen) {
    return (
      <span className={className} title={title}>
        {children}
      </span>
    );
  }
  return (
    <ScreenLink to={screen.to} params={screen.params} search={screen.search} className={className} title={title}>
      {children}
    </ScreenLink>
  );
}
