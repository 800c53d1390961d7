import { useQuery } from '@tanstack/react-query';
import { endpointsQuery } from '../endpoints/queries';
import { newestModelsQuery } from '../models/queries';
import { EmptyState } from '../shell/EmptyState';
import { LiveMark } from '../shell/LiveMark';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import { Activity } from './Activity';
import { CurrentRuns } from './CurrentRuns';
import { Endpoints } from './Endpoints';
import { FailedRuns } from './FailedRuns';
import classes from './HomeScreen.module.css';
import { currentRunsQuery, failedRunsQuery } from './homeQueries';
import { NewestModels } from './NewestModels';

/** Home of a project: what runs, what failed and why, what is new, how endpoints are, what happened. */
export function HomeScreen() {
  const project = useProject();
  const current = useQuery(currentRunsQuery(project));
  const failed = useQuery(failedRunsQuery(project));
  const models = useQuery(newestModelsQuery(project));
  const endpoints = useQuery(endpointsQuery(project));
  const nothing =
    current.data?.items.length === 0 && failed.data?.items.length === 0 && models.data?.length === 0 && endpoints.data?.length === 0;

  return (
    <Screen title={project} beside={<LiveMark />}>
      <div className={classes.grid}>
        <div className={classes.column}>
          {nothing && (
            <div className={classes.welcome}>
              <EmptyState title="Nothing runs here yet" command={`mesh run train.py -P ${project}`}>
                Run a script, and its params, metrics, log and files are here while it works. Programs that log to MLflow find the project
                at /mlflow/{project}.
              </EmptyState>
            </div>
          )}
          {!nothing && <CurrentRuns project={project} />}
          {(failed.data?.items.length ?? 0) > 0 && <FailedRuns project={project} />}
          {!nothing && <Endpoints project={project} />}
          {!nothing && <NewestModels project={project} />}
        </div>
        <Activity project={project} />
      </div>
    </Screen>
  );
}
