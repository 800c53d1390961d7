import { Badge, Stack, Text } from '@mantine/core';
import type { Schema } from '../api/client';
import { counted } from '../format/numbers';
import classes from './CodeView.module.css';
import { changesOf, hunksOf } from './diff';

/** How two versions of a function or an item differ: what it says of itself, and its files line by line. */
export function DiffView({ files, fields }: { files: readonly Schema<'FileDiff'>[]; fields: readonly Schema<'FieldDiff'>[] }) {
  if (files.length === 0 && fields.length === 0) return <Text c="dimmed">Nothing differs.</Text>;
  return (
    <Stack gap="md">
      {fields.length > 0 && (
        <section className={classes.changed} aria-label="Settings that changed">
          <table className={classes.fields}>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {fields.map(({ field, from, to }) => (
                <tr key={field}>
                  <th scope="row">{field}</th>
                  <td className={from === null ? undefined : classes.was}>{from ?? <span className="quiet">not there</span>}</td>
                  <td className={to === null ? undefined : classes.is}>{to ?? <span className="quiet">gone</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {files.map((file) => (
        <FileChange key={file.path} file={file} />
      ))}
    </Stack>
  );
}

function FileChange({ file }: { file: Schema<'FileDiff'> }) {
  const lines = file.lines ?? [];
  const { added, removed } = changesOf(lines);
  return (
    <section className={classes.changed} aria-label={file.path}>
      <header className={classes.changedHead}>
        <span className="mono">{file.path}</span>
        <Badge>{file.change}</Badge>
        {lines.length > 0 && (
          <span className="quiet">
            {counted(added, 'line')} added, {removed} removed
          </span>
        )}
      </header>
      {lines.length === 0 ? (
        <p className="quiet" style={{ padding: '0 14px' }}>
          This file is not shown line by line.
        </p>
      ) : (
        <div className={classes.code}>
          <table className={classes.lines} role="presentation">
            <tbody>
              {hunksOf(lines).map((line, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines of a difference never move.
                <tr key={i} data-change={line.kind}>
                  {line.kind === 'gap' ? (
                    <td colSpan={4}>{counted(line.left, 'unchanged line')}</td>
                  ) : (
                    <>
                      <td className={classes.number}>{line.before}</td>
                      <td className={classes.number}>{line.after}</td>
                      <td>
                        {line.kind} {line.text}
                      </td>
                    </>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
