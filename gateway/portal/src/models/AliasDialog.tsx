import { Select, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { aliasForm, nowhere } from './alias';
import { GateResults } from './GateResults';
import { gateQuery, type Model, moveAlias } from './queries';

interface AliasDialogProps {
  project: string;
  model: Model;
  /** The version that the alias is to point to; it is asked for without. */
  version?: number;
  /** The alias to move; it is asked for without. */
  alias?: string;
  onClose: () => void;
}

/** Points an alias to a version, without saying that it is the one for production. */
export function AliasDialog({ project, model, version, alias: given, onClose }: AliasDialogProps) {
  const queries = useQueryClient();
  const [alias, setAlias] = useState(given ?? '');
  const [chosen, setChosen] = useState<number | null>(version ?? null);
  const from = model.aliases[alias];
  const gated = (model.gates ?? []).some((gate) => gate.alias === alias);
  const gate = useQuery({ ...gateQuery(project, model.name, alias, chosen ?? nowhere), enabled: gated && chosen !== null });
  const isForm = aliasForm.test(alias);
  const move = useMutation({
    mutationFn: () => moveAlias(project, model.name, alias, chosen ?? nowhere, from ?? nowhere),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [project, 'models'] });
      done(`${model.name} ${chosen} is ${alias}`);
      onClose();
    },
  });
  return (
    <FormDialog
      title={given ? `Move ${given}` : `Set an alias of ${model.name}${version ? ` ${version}` : ''}`}
      verb="Set"
      action={move}
      disabled={!isForm || chosen === null || from === chosen || (gated && gate.data?.passes !== true)}
      onClose={onClose}
    >
      {!given && (
        <TextInput
          label="Alias"
          value={alias}
          onChange={(event) => setAlias(event.currentTarget.value)}
          error={alias === '' || isForm ? null : 'Letters, digits, _ and -; but neither latest nor v1, v2, …'}
          data-autofocus
        />
      )}
      {version === undefined && (
        <Select
          label="Version"
          data={Array.from({ length: model.latestVersion }, (_, i) => String(model.latestVersion - i))}
          value={chosen === null ? null : String(chosen)}
          onChange={(next) => setChosen(next === null ? null : Number(next))}
          searchable
          {...(given ? { 'data-autofocus': true } : {})}
        />
      )}
      {isForm && from !== undefined && (
        <Text>
          {from === chosen
            ? `This version is ${alias} already.`
            : `${alias} moves from version ${from}. Endpoints that follow it serve the other version from then on, without a failed request.`}
        </Text>
      )}
      <GateResults gate={gate} />
    </FormDialog>
  );
}
