import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Confirm } from '../shell/Confirm';
import { done } from '../shell/notices';
import { deleteEndpoint } from './queries';

/** Asks before an endpoint is taken away. */
export function DeleteEndpoint({ project, endpoint, onClose }: { project: string; endpoint: string; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={`Delete ${endpoint}?`}
      verb="Delete"
      act={() => deleteEndpoint(project, endpoint)}
      onDone={() => {
        done(`${endpoint} is deleted`);
        void queries.invalidateQueries({ queryKey: [project, 'endpoints'], refetchType: 'none' });
        void navigate({ to: '/p/$project/endpoints', params: { project } });
      }}
      onClose={onClose}
    >
      Requests to it are refused from then on, and it is watched for drift no more. Its model and versions stay, and so do the predictions
      that were kept.
    </Confirm>
  );
}
