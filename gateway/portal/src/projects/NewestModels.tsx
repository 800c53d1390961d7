import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schema } from '../api/client';
import { measure } from '../format/numbers';
import { RelativeTime } from '../format/RelativeTime';
import { newestModelsQuery, versionQuery } from '../models/queries';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ScreenLink } from '../shell/ScreenLink';
import classes from './HomeScreen.module.css';
import { Part } from './Part';

const most = 5;

/** The models that changed last. */
export function NewestModels({ project }: { project: string }) {
  const models = useQuery(newestModelsQuery(project));
  return (
    <Panel title="Newest models">
      <Part query={models} rows={2}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState compact title="No model yet" command={`mesh models register NAME --run RUN -P ${project}`}>
              A registered model has versions with metrics and a signature, and aliases such as champion that endpoints follow.
            </EmptyState>
          ) : (
            <ul className={classes.list}>
              {items.slice(0, most).map((model) => (
                <ModelRow key={model.name} project={project} model={model} />
              ))}
            </ul>
          )
        }
      </Part>
    </Panel>
  );
}

function ModelRow({ project, model }: { project: string; model: Schema<'ModelInfo'> }) {
  const version = useQuery({ ...versionQuery(project, model.name, String(model.latestVersion)), enabled: model.latestVersion > 0 });
  const metrics = Object.entries(version.data?.metrics ?? {})
    .slice(0, 3)
    .map(([name, value]) => `${name} ${measure(Number(value))}`);
  return (
    <li className={`${classes.row} ${classes.model}`}>
      <ScreenLink
        to="/p/$project/models/$model"
        params={{ project, model: model.name }}
        className={`line ${classes.name}`}
        title={model.name}
      >
        {model.name}
        {model.latestVersion > 0 && <span className="quiet">@{model.latestVersion}</span>}
      </ScreenLink>
      <span className={classes.aliases}>
        {Object.entries(model.aliases).map(([alias, number]) => (
          <Badge key={alias} title={`${alias} is version ${number}`}>
            {alias} → {number}
          </Badge>
        ))}
      </span>
      <span className="line quiet" title={metrics.join(' · ')}>
        {metrics.join(' · ')}
      </span>
      <span className={`quiet ${classes.end}`}>
        <RelativeTime at={model.updatedAt} />
      </span>
    </li>
  );
}
