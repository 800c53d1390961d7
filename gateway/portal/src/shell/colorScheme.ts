import { localStorageColorSchemeManager, type MantineColorScheme } from '@mantine/core';

/** Where the choice of light or dark is kept. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'mesh.color-scheme' });

export const colorSchemes: { value: MantineColorScheme; label: string }[] = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'As the system' },
];
