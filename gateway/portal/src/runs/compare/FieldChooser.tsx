import { Button, Checkbox, Popover, TextInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import classes from './Compare.module.css';

interface Choice {
  value: string;
  label: string;
  group?: string;
}

interface FieldChooserProps {
  /** What is chosen, such as `metrics`; the button says how many of how many. */
  noun: string;
  choices: readonly Choice[];
  chosen: readonly string[];
  /** Told nothing when the choice is to be what it is without one. */
  onChoose: (chosen: string[] | undefined) => void;
  /** The most that can be chosen. */
  most?: number;
}

/** Chooses some of many fields; the button says how many of how many are shown. */
export function FieldChooser({ noun, choices, chosen, onChoose, most = Number.POSITIVE_INFINITY }: FieldChooserProps) {
  const [sought, setSought] = useState('');
  const shown = choices.filter((choice) => choice.label.toLowerCase().includes(sought.toLowerCase()));
  const full = chosen.length >= most;
  const toggle = (value: string) => onChoose(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
  return (
    <Popover position="bottom-start" shadow="md" width={280} trapFocus onClose={() => setSought('')}>
      <Popover.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
          {chosen.length} of {choices.length} {noun}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <TextInput
          aria-label={`Find ${noun}`}
          placeholder={`Find ${noun}`}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
          data-autofocus
        />
        <div role="group" aria-label={noun} className={classes.choices}>
          {shown.map((choice, i) => (
            <div key={choice.value}>
              {choice.group && choice.group !== shown[i - 1]?.group && <p className={classes.choiceGroup}>{choice.group}</p>}
              <Checkbox
                label={
                  <span className={classes.choice} title={choice.label}>
                    {choice.label}
                  </span>
                }
                checked={chosen.includes(choice.value)}
                disabled={full && !chosen.includes(choice.value)}
                onChange={() => toggle(choice.value)}
              />
            </div>
          ))}
          {shown.length === 0 && <p className="quiet">None of that name.</p>}
        </div>
        <div className={classes.choiceActions}>
          {Number.isFinite(most) ? (
            <span className="quiet">At most {most}.</span>
          ) : (
            <Button variant="subtle" size="compact-xs" onClick={() => onChoose(choices.map((choice) => choice.value))}>
              All {choices.length}
            </Button>
          )}
          <Button variant="subtle" size="compact-xs" onClick={() => onChoose(undefined)}>
            As at first
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
