import { Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { LiveProject } from '../live/LiveProject';
import { rememberProject } from '../projects/lastProject';
import { useProject } from './projectName';

/** What is around the screens of a project: its events. */
export function ProjectFrame() {
  const project = useProject();
  useEffect(() => rememberProject(project), [project]);
  return (
    <LiveProject project={project}>
      <Outlet />
    </LiveProject>
  );
}
