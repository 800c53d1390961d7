import { List } from '@mantine/core';
import type { Schema } from '../api/client';
import { ProblemNotice } from '../shell/ProblemNotice';
import { StatusBadge } from '../shell/StatusBadge';

/** What became of the checks of a gate, one by one. */
export function GateResults({ gate }: { gate: { data: Schema<'GateReport'> | undefined; error: unknown } }) {
  return (
    <>
      {gate.data && (
        <List size="sm" listStyleType="none">
          {gate.data.results.map((result) => (
            <List.Item key={result.name}>
              <StatusBadge status={result.passes ? 'approved' : 'rejected'} label={result.passes ? 'holds' : 'does not hold'} />{' '}
              {result.detail}
            </List.Item>
          ))}
        </List>
      )}
      {gate.error !== null && gate.error !== undefined && <ProblemNotice error={gate.error} />}
    </>
  );
}
