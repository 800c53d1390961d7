import { Stack } from '@mantine/core';
import { bytes } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { duration } from '../format/times';
import { EmptyState } from '../shell/EmptyState';
import { Facts } from '../shell/Facts';
import { Panel } from '../shell/Panel';
import { ParamTable } from './ParamTable';
import type { Fn } from './queries';
import { Runs } from './Runs';

const pairs = (values: Record<string, string> | null | undefined) =>
  Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** What a function takes, and how it runs. */
export function Settings({ fn }: { fn: Fn }) {
  const { resources } = fn;
  return (
    <Stack gap="md">
      <Panel title="Params">
        {fn.paramSpecs?.length ? (
          <ParamTable params={fn.paramSpecs} />
        ) : (
          <EmptyState compact title="No param is declared">
            {Object.keys(fn.params).length > 0
              ? `Any are taken; unless given: ${pairs(fn.params)}.`
              : 'Any are taken, as texts. Declared ones are checked, and have a field in the form of a job.'}
          </EmptyState>
        )}
      </Panel>
      {(fn.inputs?.length || fn.outputs?.length) && (
        <Panel title="Inputs and outputs">
          <Facts
            of={[
              ...(fn.inputs ?? []).map(
                (input) =>
                  [
                    `Input ${input.name}`,
                    [input.uri, input.required === false ? 'optional' : input.uri ? null : 'needed', input.description]
                      .filter(Boolean)
                      .join(' · '),
                  ] as const,
              ),
              ...(fn.outputs ?? []).map(
                (output) =>
                  [`Output ${output.name}`, `${output.path} · ${output.kind ?? 'file'}${output.key ? ` · ${output.key}` : ''}`] as const,
              ),
            ]}
          />
        </Panel>
      )}
      <Panel title="How it runs">
        <Facts
          of={[
            ['Runs', <Runs key="runs" fn={fn} />],
            ['Profile', fn.profile],
            ['Image', fn.image],
            ['Packages', fn.requirements?.join(', ')],
            ['Environment', pairs(fn.environment)],
            ['Secrets', [...fn.secrets, ...(fn.secretFiles ?? [])].join(', ')],
            ['Attempts at most', fn.maxAttempts],
            ['Time limit', duration(fn.timeoutSeconds * 1000)],
            ['Priority', fn.priority],
            ['Cores', resources?.cpus],
            ['Memory', resources?.memoryBytes ? bytes(Number(resources.memoryBytes)) : null],
            ['GPUs', resources?.gpus],
            [
              'Processes',
              fn.distributed &&
                `${fn.distributed.framework}: ${fn.distributed.roles.map((r) => `${r.replicas ?? 1} ${r.name}`).join(', ')}`,
            ],
            ['Code', fn.git ? `${fn.git.url}${fn.git.commit ? ` at ${fn.git.commit.slice(0, 12)}` : ''}` : fn.bundle?.key],
            ['Made of', fn.origin && `${fn.origin.hub}/${fn.origin.item}@${fn.origin.version}`],
            [
              'Hash',
              <span key="hash" className="mono">
                {fn.hash.slice(0, 16)}
              </span>,
            ],
            [
              'Defined',
              <span key="defined">
                <RelativeTime at={fn.createdAt} /> by {fn.createdBy}
              </span>,
            ],
          ]}
        />
      </Panel>
    </Stack>
  );
}
