import { NumberInput, SimpleGrid } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { configureMonitor, type Monitor } from './queries';

type Settings = Monitor['settings'];

const fields: { key: keyof Settings; label: string; min: number; max: number; step: number; whole: boolean }[] = [
  { key: 'windowSeconds', label: 'Length of a window in seconds', min: 1, max: 2_592_000, step: 60, whole: true },
  { key: 'minRows', label: 'Predictions that a window needs', min: 1, max: 10_000_000, step: 10, whole: true },
  { key: 'psiThreshold', label: 'A feature drifts from this PSI', min: 0.001, max: 100, step: 0.05, whole: false },
  { key: 'jsThreshold', label: 'Or from this Jensen-Shannon distance', min: 0.001, max: 1, step: 0.05, whole: false },
  { key: 'minFeatures', label: 'Features that make a window drift', min: 1, max: 10_000, step: 1, whole: true },
  { key: 'windowsToDetect', label: 'Windows in a row until it is told', min: 1, max: 100, step: 1, whole: true },
  { key: 'windowsToClear', label: 'Clean ones until it is taken back', min: 1, max: 100, step: 1, whole: true },
];

/** Sets what counts as drift at an endpoint, from the next window on. */
export function ThresholdsForm({ project, monitor, onClose }: { project: string; monitor: Monitor; onClose: () => void }) {
  const queries = useQueryClient();
  const [settings, setSettings] = useState<Record<keyof Settings, number | string>>({ ...monitor.settings } as Record<
    keyof Settings,
    number
  >);
  const save = useMutation({
    mutationFn: () => configureMonitor(project, monitor.endpoint, settings as Settings),
    onSuccess: () => {
      done(`What counts as drift at ${monitor.endpoint} is saved`);
      void queries.invalidateQueries({ queryKey: [project, 'monitors'] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={`What counts as drift at ${monitor.endpoint}`}
      verb="Save"
      action={save}
      disabled={fields.some(({ key }) => typeof settings[key] !== 'number')}
      onClose={onClose}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {fields.map(({ key, label, min, max, step, whole }, i) => (
          <NumberInput
            key={key}
            label={label}
            value={settings[key]}
            onChange={(value) => setSettings({ ...settings, [key]: value })}
            min={min}
            max={max}
            step={step}
            allowDecimal={!whole}
            clampBehavior="blur"
            {...(i === 0 ? { 'data-autofocus': true } : {})}
          />
        ))}
      </SimpleGrid>
    </FormDialog>
  );
}
