import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';

/** Home of a project. */
export function HomeScreen() {
  const project = useProject();
  return <Screen title={project}>.</Screen>;
}
