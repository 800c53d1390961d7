import { ActionIcon, Autocomplete, Button, Checkbox, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { aliasForm } from './alias';
import { type CheckDraft, checkOf, draftOf, faultOf } from './gateDraft';
import classes from './Models.module.css';
import { type Model, setGate } from './queries';

interface GateDialogProps {
  project: string;
  model: Model;
  metrics: readonly string[];
  /** The alias whose gate it is; it is asked for without. */
  alias: string | undefined;
  onClose: () => void;
}

/** Says what a version must fulfil before it takes an alias. */
export function GateDialog({ project, model, metrics, alias: given, onClose }: GateDialogProps) {
  const queries = useQueryClient();
  const before = (model.gates ?? []).find((gate) => gate.alias === given);
  const [alias, setAlias] = useState(given ?? 'champion');
  const [approval, setApproval] = useState(before?.requireApproval ?? false);
  const [fourEyes, setFourEyes] = useState(before?.fourEyes ?? false);
  const [checks, setChecks] = useState<CheckDraft[]>(() => before?.checks.map((check) => draftOf(check)) ?? [draftOf()]);
  const save = useMutation({
    mutationFn: () =>
      setGate(project, model.name, alias, { requireApproval: approval, fourEyes: approval && fourEyes, checks: checks.map(checkOf) }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: [project, 'models'] });
      done(`The gate of ${alias} is set`);
      onClose();
    },
  });
  const change = (key: number, by: Partial<CheckDraft>) =>
    setChecks(checks.map((check) => (check.key === key ? { ...check, ...by } : check)));
  return (
    <FormDialog
      title={`Gate of ${given ?? 'an alias'}`}
      verb="Set"
      action={save}
      disabled={!aliasForm.test(alias) || checks.some((check) => faultOf(check) !== null) || (checks.length === 0 && !approval)}
      onClose={onClose}
    >
      {!given && (
        <Autocomplete
          label="Alias"
          data={Object.keys(model.aliases)}
          value={alias}
          onChange={setAlias}
          error={aliasForm.test(alias) ? null : 'Letters, digits, _ and -; but neither latest nor v1, v2, …'}
          size="xs"
          data-autofocus
        />
      )}
      <Text>A version that does not fulfil this is refused when it is promoted or given the alias.</Text>
      <Switch label="It must be approved" checked={approval} onChange={(event) => setApproval(event.currentTarget.checked)} />
      <Switch
        label="By somebody else than who asked for it"
        checked={approval && fourEyes}
        onChange={(event) => setFourEyes(event.currentTarget.checked)}
        disabled={!approval}
      />
      {checks.map((check, i) => (
        <Stack key={check.key} component="fieldset" gap={6} className={classes.check ?? ''}>
          <legend>Check {i + 1}</legend>
          <Group gap="xs" wrap="nowrap" align="flex-end">
            <Autocomplete
              label="Metric"
              data={[...metrics]}
              value={check.metric}
              onChange={(metric) => change(check.key, { metric })}
              size="xs"
              style={{ flex: 1 }}
            />
            <TextInput
              label="At least"
              value={check.atLeast}
              onChange={(event) => change(check.key, { atLeast: event.currentTarget.value })}
              inputMode="decimal"
              w={80}
            />
            <TextInput
              label="At most"
              value={check.atMost}
              onChange={(event) => change(check.key, { atMost: event.currentTarget.value })}
              inputMode="decimal"
              w={80}
            />
            <ActionIcon aria-label={`Remove check ${i + 1}`} onClick={() => setChecks(checks.filter(({ key }) => key !== check.key))}>
              <IconTrash size={15} />
            </ActionIcon>
          </Group>
          <Group gap="md">
            <Checkbox
              label="Better than the version that has the alias"
              checked={check.beatsCurrent}
              onChange={(event) => change(check.key, { beatsCurrent: event.currentTarget.checked })}
            />
            <Checkbox
              label="Lower is better"
              checked={check.lowerIsBetter}
              onChange={(event) => change(check.key, { lowerIsBetter: event.currentTarget.checked })}
              disabled={!check.beatsCurrent}
            />
          </Group>
          {check.metric !== '' && faultOf(check) && (
            <Text c="var(--mesh-bad)" size="xs">
              {faultOf(check)}
            </Text>
          )}
        </Stack>
      ))}
      <Button
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => setChecks([...checks, draftOf()])}
        style={{ alignSelf: 'flex-start' }}
      >
        Another check
      </Button>
    </FormDialog>
  );
}
