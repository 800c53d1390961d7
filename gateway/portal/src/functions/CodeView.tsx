import type { Schema } from '../api/client';
import { bytes } from '../format/numbers';
import classes from './CodeView.module.css';

interface CodeViewProps {
  files: readonly Schema<'FunctionFile'>[];
  /** The file that is shown. */
  chosen: string | undefined;
  /** What the function runs: the file that it names is shown first. */
  command?: readonly string[] | null | undefined;
  onChoose: (path: string) => void;
}

/** Files of a function to read: their names, and the lines of one. */
export function CodeView({ files, chosen, command, onChoose }: CodeViewProps) {
  const file = files.find(({ path }) => path === chosen) ?? files.find(({ path }) => command?.includes(path)) ?? files[0];
  return (
    <div className={classes.view}>
      <ul className={classes.files} aria-label="Files">
        {files.map(({ path, size }) => (
          <li key={path}>
            <button type="button" className={classes.file} aria-current={path === file?.path || undefined} onClick={() => onChoose(path)}>
              <span className="line" title={path}>
                {path}
              </span>
              <span className="quiet">{bytes(Number(size))}</span>
            </button>
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard. */}
      <section className={classes.code} aria-label={file?.path ?? 'File'} tabIndex={0}>
        {file?.content === null || file?.content === undefined ? (
          <p className="quiet" style={{ padding: '0 14px' }}>
            The content of this file is not kept with the function.
          </p>
        ) : (
          <Lines text={file.content} />
        )}
      </section>
    </div>
  );
}

/** Text by lines, with their numbers. */
export function Lines({ text }: { text: string }) {
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <table className={classes.lines} role="presentation">
      <tbody>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are known by their numbers.
          <tr key={i}>
            <td className={classes.number}>{i + 1}</td>
            <td>{line}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
