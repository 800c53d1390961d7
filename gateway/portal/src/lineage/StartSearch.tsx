import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { readAddress, writeOf } from './address';
import { startsQuery } from './queries';

interface StartSearchProps {
  project: string;
  of: string | undefined;
  onChoose: (of: string) => void;
}

/** Chooses where lineage starts: a thing by a part of its name, or a mesh:// address. */
export function StartSearch({ project, of, onChoose }: StartSearchProps) {
  const [text, setText] = useState('');
  const [sought] = useDebouncedValue(text.trim(), 200);
  const pasted = readAddress(text.trim());
  const starts = useQuery({ ...startsQuery(project, sought.startsWith('mesh:') ? '' : sought), placeholderData: keepPreviousData });
  const data = useMemo(() => {
    if (pasted?.project === project) return [{ value: writeOf(pasted), label: text.trim() }];
    const found = starts.data ?? [];
    return [...new Set(found.map((start) => start.group))].map((group) => ({
      group,
      items: found.filter((start) => start.group === group).map((start) => ({ value: start.of, label: start.label })),
    }));
  }, [starts.data, pasted, project, text]);
  return (
    <Select
      aria-label="Start from"
      placeholder={of === undefined ? 'Find a data set, artifact, model, endpoint, function or run' : 'Start from something else'}
      leftSection={<IconSearch size={15} aria-hidden />}
      data={data}
      value={null}
      searchValue={text}
      onSearchChange={setText}
      onChange={(value) => {
        if (!value) return;
        setText('');
        onChoose(value);
      }}
      filter={({ options }) => options}
      nothingFoundMessage={starts.isFetching ? 'Looking…' : 'Nothing of that name'}
      maxDropdownHeight={420}
      searchable
    />
  );
}
