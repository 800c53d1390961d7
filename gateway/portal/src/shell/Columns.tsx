import type { ReactNode } from 'react';
import classes from './Columns.module.css';

/** Two columns, the first of them wider; below each other where it is narrow. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={classes.columns}>{children}</div>;
}

/** Parts of a screen below each other. */
export function PanelColumn({ children }: { children: ReactNode }) {
  return <div className={classes.column}>{children}</div>;
}
