import { Button } from '@mantine/core';
import type { Schema } from '../api/client';
import type { JobDraft } from '../functions/jobDraft';
import { linesOf } from '../functions/params';
import { Command } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import classes from './Hub.module.css';

type Given = Schema<'HubExample'> | null | undefined;

/** The beginning of a form that the example of an item fills. */
export const exampleDraft = (example: Given): Partial<JobDraft> => ({
  values: { ...example?.params },
  lines: linesOf(example?.params),
  inputs: { ...example?.inputs },
});

/** The example of an item, and the command that runs it. */
export function Example({ example, command, onUse }: { example: Given; command: string; onUse?: () => void }) {
  const pairs = { ...example?.params, ...example?.inputs };
  return (
    <Panel title={Object.keys(pairs).length > 0 ? 'Example' : 'From the command line'}>
      <div className={classes.example}>
        <Command text={Object.keys(pairs).length > 0 ? withExample(command, example) : command} />
        {onUse && Object.keys(pairs).length > 0 && (
          <Button variant="default" onClick={onUse}>
            Fill the form with it
          </Button>
        )}
      </div>
    </Panel>
  );
}

/** A command with the values of an example in place of those that are open. */
export function withExample(command: string, example: Given): string {
  const bare = command.replaceAll(/ -p \S+=…/g, '');
  const given = [
    ...Object.entries(example?.params ?? {}).map(([name, value]) => `-p ${quoted(`${name}=${value}`)}`),
    ...Object.entries(example?.inputs ?? {}).map(([name, value]) => `--input ${quoted(`${name}=${value}`)}`),
  ];
  const at = bare.lastIndexOf(' -P ');
  return at < 0 ? [bare, ...given].join(' ') : `${bare.slice(0, at).trimEnd()} ${given.join(' ')}${bare.slice(at)}`;
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
