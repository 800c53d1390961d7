import { useSearch } from '@tanstack/react-router';
import { BuiltInItem } from './BuiltInItem';
import { TeamItemScreen } from './TeamItem';

/** An item of Mesh's own hub or of one of the project's. */
export function ItemScreen() {
  const { hub } = useSearch({ from: '/frame/p/$project/hub/item' });
  return hub === undefined ? <BuiltInItem /> : <TeamItemScreen hub={hub} />;
}
