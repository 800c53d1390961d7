import { type ReactNode, useEffect } from 'react';
import classes from './Screen.module.css';

interface ScreenProps {
  /** Heading of the screen, and title of the browser's tab. */
  title: string;
  /** What stands above the heading: the way up. */
  above?: ReactNode;
  /** What stands beside the heading, such as a status. */
  beside?: ReactNode;
  /** Buttons at the right. */
  actions?: ReactNode;
  /** Whether the content takes the height that is left and scrolls inside, as tables do. */
  fill?: boolean;
  children: ReactNode;
}

/** A screen: its heading and its content. Every route begins with one. */
export function Screen({ title, above, beside, actions, fill = false, children }: ScreenProps) {
  useEffect(() => {
    document.title = `${title} – Mesh`;
  }, [title]);
  return (
    <div className={classes.screen} data-fill={fill || undefined}>
      <header className={classes.head}>
        <div className={classes.headings}>
          {above && <div className={classes.above}>{above}</div>}
          <div className={classes.titleRow}>
            <h1 className="line" title={title}>
              {title}
            </h1>
            {beside}
          </div>
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      <div className={classes.content}>{children}</div>
    </div>
  );
}
