import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '../shell/Confirm';
import { EmptyState } from '../shell/EmptyState';
import { done } from '../shell/notices';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import { AliasDialog } from './AliasDialog';
import { GateDialog } from './GateDialog';
import classes from './Models.module.css';
import { deleteAlias, deleteGate, type Model } from './queries';
import { checkText } from './versions';

type Doing = { what: 'move' | 'gate' | 'delete' | 'open'; alias?: string };

interface AliasesAndGatesProps {
  project: string;
  model: Model;
  metrics: readonly string[];
}

/** The aliases of a model with what a version must fulfil before it takes each. */
export function AliasesAndGates({ project, model, metrics }: AliasesAndGatesProps) {
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Doing | null>(null);
  const gates = model.gates ?? [];
  const names = [...new Set([...Object.keys(model.aliases), ...gates.map(({ alias }) => alias)])].sort();
  const close = () => setDoing(null);
  const refresh = () => void queries.invalidateQueries({ queryKey: [project, 'models'] });
  const alias = doing?.alias;
  return (
    <Panel
      title="Aliases and gates"
      aside={
        <span className={classes.buttons}>
          <Button variant="subtle" size="compact-xs" onClick={() => setDoing({ what: 'gate' })}>
            Set gate…
          </Button>
          <Button variant="subtle" size="compact-xs" onClick={() => setDoing({ what: 'move' })}>
            Set alias…
          </Button>
        </span>
      }
    >
      {names.length === 0 ? (
        <EmptyState compact title="No alias yet">
          An alias such as champion names a version; endpoints follow it when it moves. A gate says what a version must fulfil to get it.
        </EmptyState>
      ) : (
        <table className={classes.aliases}>
          <thead>
            <tr>
              <th scope="col">Alias</th>
              <th scope="col">Version</th>
              <th scope="col">Gate</th>
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const gate = gates.find((one) => one.alias === name);
              const at = model.aliases[name];
              return (
                <tr key={name}>
                  <th scope="row" className="line" title={name}>
                    {name}
                  </th>
                  <td>
                    {at === undefined ? (
                      <span className="quiet">none</span>
                    ) : (
                      <ScreenLink to="/p/$project/models/$model/$version" params={{ project, model: model.name, version: String(at) }}>
                        {at}
                      </ScreenLink>
                    )}
                  </td>
                  <td>{gate ? checkText(gate) || 'open' : <span className="quiet">open</span>}</td>
                  <td>
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <ActionIcon aria-label={`Actions of ${name}`} size="sm">
                          <IconDots size={15} />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item onClick={() => setDoing({ what: 'move', alias: name })}>Move…</Menu.Item>
                        <Menu.Item onClick={() => setDoing({ what: 'gate', alias: name })}>{gate ? 'Edit gate…' : 'Set gate…'}</Menu.Item>
                        <Menu.Divider />
                        {gate && (
                          <Menu.Item color="var(--mesh-bad)" onClick={() => setDoing({ what: 'open', alias: name })}>
                            Remove gate…
                          </Menu.Item>
                        )}
                        {at !== undefined && (
                          <Menu.Item color="var(--mesh-bad)" onClick={() => setDoing({ what: 'delete', alias: name })}>
                            Remove alias…
                          </Menu.Item>
                        )}
                      </Menu.Dropdown>
                    </Menu>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {doing?.what === 'move' && <AliasDialog project={project} model={model} {...(alias ? { alias } : {})} onClose={close} />}
      {doing?.what === 'gate' && <GateDialog project={project} model={model} metrics={metrics} alias={alias} onClose={close} />}
      {doing?.what === 'delete' && alias && (
        <Confirm
          title={`Remove the alias ${alias}?`}
          verb="Remove"
          act={() => deleteAlias(project, model.name, alias, model.aliases[alias] ?? 0)}
          onDone={() => {
            done(`${model.name} has no ${alias} any more`);
            refresh();
          }}
          onClose={close}
        >
          No version is {alias} then. Endpoints that follow it go on with the version that they serve, and cannot be loaded anew. The
          version stays.
        </Confirm>
      )}
      {doing?.what === 'open' && alias && (
        <Confirm
          title={`Remove the gate of ${alias}?`}
          verb="Remove"
          act={() => deleteGate(project, model.name, alias)}
          onDone={() => {
            done(`The gate of ${alias} is gone`);
            refresh();
          }}
          onClose={close}
        >
          Any version may become {alias} then.
        </Confirm>
      )}
    </Panel>
  );
}
