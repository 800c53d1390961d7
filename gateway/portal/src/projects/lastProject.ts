const key = 'mesh.project';

/** Keeps which project was used last in this browser. */
export function rememberProject(project: string): void {
  localStorage.setItem(key, project);
}

/** The project that was used last in this browser. */
export const lastProject = (): string | null => localStorage.getItem(key);

/** Forgets it, when it is gone. */
export const forgetProject = (): void => localStorage.removeItem(key);
