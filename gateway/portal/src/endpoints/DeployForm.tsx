import { Select, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { newestModelsQuery } from '../models/queries';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { deployEndpoint, type Endpoint } from './queries';

interface DeployFormProps {
  project: string;
  /** The endpoint to change; a new one without. */
  endpoint?: Endpoint;
  /** The model that a new one begins with. */
  model?: string;
  /** Only aliases of this version are offered. */
  version?: number;
  onClose: () => void;
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Deploys an endpoint that follows an alias of a model, or points one to another. */
export function DeployForm({ project, endpoint, model: first, version, onClose }: DeployFormProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const models = useQuery(newestModelsQuery(project));
  const [name, setName] = useState(endpoint?.name ?? first?.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-') ?? '');
  const [model, setModel] = useState<string | null>(endpoint?.model ?? first ?? null);
  const [alias, setAlias] = useState<string | null>(endpoint?.alias ?? null);
  const [capture, setCapture] = useState(endpoint?.capturePredictions ?? true);
  const known = models.data?.find((one) => one.name === model);
  const aliases = Object.entries({ ...known?.aliases, ...(known?.latestVersion ? { latest: known.latestVersion } : {}) }).filter(
    ([, at]) => version === undefined || at === version,
  );
  const chosen = alias ?? (aliases.some(([one]) => one === 'champion') ? 'champion' : aliases[0]?.[0]) ?? null;
  const serves = aliases.find(([one]) => one === chosen)?.[1];
  const deploy = useMutation({
    mutationFn: () => deployEndpoint(project, name, { model: model ?? '', alias: chosen ?? '', capturePredictions: capture }),
    onSuccess: () => {
      done(`${name} is deployed`);
      void queries.invalidateQueries({ queryKey: [project, 'endpoints'] });
      onClose();
      if (!endpoint) void navigate({ to: '/p/$project/endpoints/$endpoint', params: { project, endpoint: name } });
    },
  });
  return (
    <FormDialog
      title={endpoint ? `Change ${endpoint.name}` : 'Deploy an endpoint'}
      verb={endpoint ? 'Change' : 'Deploy'}
      action={deploy}
      disabled={!label.test(name) || !model || serves === undefined}
      onClose={onClose}
    >
      {!endpoint && (
        <TextInput
          label="Name"
          description="Stands in the address of its requests. An endpoint of that name is changed."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={name === '' || label.test(name) ? null : 'Up to 63 of a-z, 0-9 and -, a letter or digit at both ends.'}
          data-autofocus
        />
      )}
      <Select
        label="Model"
        data={(models.data ?? []).map((one) => one.name)}
        value={model}
        onChange={(next) => {
          setModel(next);
          setAlias(null);
        }}
        disabled={version !== undefined}
        searchable
        allowDeselect={false}
        nothingFoundMessage="This project has no such model."
      />
      <Select
        label="Alias to follow"
        data={aliases.map(([one, at]) => ({ value: one, label: `${one} → version ${at}` }))}
        value={chosen}
        onChange={setAlias}
        disabled={!known}
        allowDeselect={false}
        error={known && aliases.length === 0 ? 'No alias points to this version: set one first.' : null}
      />
      <Switch
        label="Keep predictions"
        description="Needed to watch for drift."
        checked={capture}
        onChange={(event) => setCapture(event.currentTarget.checked)}
      />
      {serves !== undefined && (
        <Text c="dimmed">
          Serves version {serves} now, and follows {chosen} from then on: when it moves, the endpoint moves without a failed request.
        </Text>
      )}
    </FormDialog>
  );
}
