import { FileInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { bytes } from '../format/numbers';
import { FormDialog } from '../shell/FormDialog';
import { done } from '../shell/notices';
import { type Artifact, upload } from './queries';
import { type Kind, kinds } from './search';

interface UploadDialogProps {
  project: string;
  /** The artifact that gets another version; without it, any by its name. */
  artifact?: Artifact;
  /** The kind, where there is no choice. */
  kind?: Kind;
  onDone: (key: string) => void;
  onClose: () => void;
}

// A directory has several files.
const choices = kinds.filter((kind) => kind !== 'directory');

/** Uploads a file as the next version of an artifact. */
export function UploadDialog({ project, artifact, kind: only, onDone, onClose }: UploadDialogProps) {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState(artifact?.key ?? '');
  const [kind, setKind] = useState<Kind>(only ?? artifact?.kind ?? 'file');
  const key = name.trim();
  const send = useMutation({
    mutationFn: () => (file ? upload(project, key, kind, file) : Promise.reject(new Error('No file is chosen.'))),
    onSuccess: (version) => {
      for (const area of ['artifacts', 'datasets']) void queries.invalidateQueries({ queryKey: [project, area] });
      done(`${version.key} has version ${version.version} now`);
      onClose();
      onDone(version.key);
    },
  });
  return (
    <FormDialog
      title={artifact ? `New version of ${artifact.key}` : only === 'dataset' ? 'Upload a data set' : 'Upload an artifact'}
      verb="Upload"
      action={send}
      disabled={!file || key === ''}
      onClose={onClose}
    >
      <FileInput
        label="File"
        size="xs"
        placeholder={only === 'dataset' ? 'CSV, JSON, Parquet or Arrow' : 'Choose a file'}
        description={file ? bytes(file.size) : undefined}
        value={file}
        onChange={(next) => {
          setFile(next);
          if (next && name === '') setName(next.name);
        }}
        clearable
        data-autofocus
      />
      {!artifact && (
        <TextInput
          label="Name"
          description="A name that is there gets another version. Slashes make folders."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      {!only && (
        <Select label="Kind" data={choices} value={kind} onChange={(next) => next && setKind(next as Kind)} allowDeselect={false} />
      )}
    </FormDialog>
  );
}
