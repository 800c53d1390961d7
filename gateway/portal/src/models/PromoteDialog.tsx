import { Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { aliasForm, nowhere } from './alias';
import { GateResults } from './GateResults';
import { gateQuery, type Model, promote } from './queries';

/** Moves an alias to a version: says from where it moves, and whether its gate lets it. */
export function PromoteDialog({
  project,
  model,
  version,
  onClose,
}: {
  project: string;
  model: Model;
  version: number;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const [alias, setAlias] = useState('champion');
  const [reason, setReason] = useState('');
  const from = model.aliases[alias];
  const gated = (model.gates ?? []).some((gate) => gate.alias === alias);
  const gate = useQuery({ ...gateQuery(project, model.name, alias, version), enabled: gated });
  const move = useMutation({
    mutationFn: () => promote(project, model.name, version, alias, reason.trim(), from ?? nowhere),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [project, 'models'] });
      done(`${model.name} ${version} is ${alias}`);
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Promote ${model.name} ${version}`}
      verb="Promote"
      action={move}
      disabled={!aliasForm.test(alias) || from === version || (gated && gate.data?.passes !== true)}
      onClose={onClose}
    >
      <TextInput
        label="Alias"
        value={alias}
        onChange={(event) => setAlias(event.currentTarget.value)}
        error={aliasForm.test(alias) ? null : 'Letters, digits, _ and -; but neither latest nor v1, v2, …'}
        data-autofocus
      />
      <TextInput
        label="Reason"
        description="Stands in the history."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Text>
        {from === undefined
          ? `No version is ${alias} so far.`
          : from === version
            ? `This version is ${alias} already.`
            : `${alias} moves from version ${from}. Endpoints that follow it serve this version from then on, without a failed request.`}
      </Text>
      <GateResults gate={gate} />
    </FormDialog>
  );
}
