import { Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api } from '../api/client';
import { asProblem } from '../api/problem';
import { meQuery } from '../api/session';
import { FormDialog } from '../shell/FormDialog';
import { projectsQuery } from './queries';

/** Asks for what a new project needs, and goes there. */
export function NewProject({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/projects', { body: { name, description: description.trim() || null } })),
    onSuccess: async (project) => {
      await Promise.all([queries.invalidateQueries(projectsQuery), queries.invalidateQueries(meQuery)]);
      onClose();
      await navigate({ to: '/p/$project', params: { project: project.name } });
    },
  });
  const problem = create.error ? asProblem(create.error) : null;
  const field = problem?.field?.toLowerCase();

  if (!opened) return null;
  return (
    <FormDialog
      title="New project"
      verb="Create"
      action={{ ...create, error: field === 'name' || field === 'description' ? null : create.error }}
      disabled={name.trim() === ''}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description="Lower-case letters, digits and hyphens. It is in addresses and cannot be changed."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={field === 'name' ? problem?.sentence : null}
        required
        data-autofocus
      />
      <Textarea
        label="Description"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={field === 'description' ? problem?.sentence : null}
        autosize
        minRows={2}
      />
    </FormDialog>
  );
}
