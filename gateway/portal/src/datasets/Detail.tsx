import type { ReactNode } from 'react';
import classes from './Datasets.module.css';

/** What stands beside a table of columns: more of the chosen one. */
export function Detail({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard.
    <section className={classes.detail} aria-label="Chosen column" tabIndex={0}>
      {children}
    </section>
  );
}
