import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { asProblem } from '../api/problem';
import { LiveProject } from '../live/LiveProject';
import { forgetProject, rememberProject } from '../projects/lastProject';
import { projectQuery } from '../projects/queries';
import { EmptyState } from './EmptyState';
import classes from './ProjectFrame.module.css';
import { useProject } from './projectName';
import { Screen } from './Screen';

/** What is around the screens of a project: its events, and a word where it is at rest. */
export function ProjectFrame() {
  const project = useProject();
  const { data, error } = useQuery(projectQuery(project));
  const unknown = error !== null && asProblem(error).isNotFound;

  useEffect(() => {
    if (unknown) forgetProject();
    else rememberProject(project);
  }, [project, unknown]);

  if (unknown) {
    return (
      <Screen title={project}>
        <EmptyState
          title={`There is no project ${project}`}
          action={
            <Button component={Link} to="/" variant="default">
              To the projects
            </Button>
          }
        >
          It may have been deleted, or you have no role in it: an owner of the project can give you one.
        </EmptyState>
      </Screen>
    );
  }

  return (
    <LiveProject project={project}>
      <div className={classes.frame}>
        {data && data.status !== 'active' && (
          <div role="status" className={classes.rest}>
            {data.status === 'archived'
              ? `This project is archived: it can be read, and is not changed until it is restored (mesh projects restore ${project}).`
              : 'This project is being deleted.'}
          </div>
        )}
        <div className={classes.screen}>
          <Outlet />
        </div>
      </div>
    </LiveProject>
  );
}
