import { useParams } from '@tanstack/react-router';

/** The project of the address. Only for screens inside a project. */
export function useProject(): string {
  const { project } = useParams({ strict: false });
  if (project === undefined) throw new Error('This part belongs into a project.');
  return project;
}
