import type { ReactNode } from 'react';
import { EmptyState } from '../shell/EmptyState';
import classes from './SideBySide.module.css';

export interface ComparedLine {
  name: string;
  /** A text for each of the things; null where one has none. */
  values: readonly (string | null)[];
  differs: boolean;
}

interface SideBySideProps {
  label: string;
  /** What the things are, such as `Run`. */
  noun: string;
  /** The heading of each of them. */
  things: readonly { id: string; head: ReactNode }[];
  parts: readonly { title: string; lines: readonly ComparedLine[] }[];
  onlyDifferent: boolean;
}

/** A column for each thing, a row for each that is known of them; rows that differ are marked. */
export function SideBySide({ label, noun, things, parts, onlyDifferent }: SideBySideProps) {
  const shown = parts
    .map(({ title, lines }) => ({ title, lines: onlyDifferent ? lines.filter(({ differs }) => differs) : lines }))
    .filter(({ lines }) => lines.length > 0);
  if (shown.length === 0) return <EmptyState title="Nothing differs">All that is known of them is the same.</EmptyState>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.scroller} aria-label={label} tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{noun}</th>
            {things.map(({ id, head }) => (
              <th key={id} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        {shown.map(({ title, lines }) => (
          <tbody key={title}>
            <tr className={classes.part}>
              <th scope="rowgroup" colSpan={things.length + 1}>
                {title}
              </th>
            </tr>
            {lines.map(({ name, values, differs }) => (
              <tr key={name} data-differs={differs || undefined}>
                <th scope="row" className="line" title={name}>
                  <span className={classes.mark}>
                    {differs && (
                      <>
                        <span aria-hidden>≠</span>
                        <span className="unseen">differs: </span>
                      </>
                    )}
                  </span>
                  {name}
                </th>
                {values.map((value, i) => (
                  <td key={things[i]?.id} className="line" title={value ?? undefined}>
                    {value ?? <span className="quiet">–</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}
