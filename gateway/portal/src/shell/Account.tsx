import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconLogout, IconSelector, IconServer2, IconUserCircle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { meQuery, signOut } from '../api/session';
import { colorSchemes } from './colorScheme';
import { failed } from './notices';
import classes from './ProjectSwitcher.module.css';

/** Who is signed in, light or dark, and the way out. */
export function Account() {
  const { data: me } = useQuery(meQuery);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const queries = useQueryClient();
  const navigate = useNavigate();

  const leave = async () => {
    try {
      await signOut();
      queries.clear();
      await navigate({ to: '/sign-in' });
    } catch (error) {
      failed('Not signed out', error);
    }
  };

  return (
    <Menu width={220} position="top-start">
      <Menu.Target>
        <button type="button" className={classes.current} aria-label={`Account of ${me?.user ?? ''}`}>
          <IconUserCircle size={20} stroke={1.5} aria-hidden className={classes.arrows} />
          <span className={`line ${classes.user}`} title={me?.user}>
            {me?.user}
          </span>
          <IconSelector size={15} aria-hidden className={classes.arrows} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {me?.platformAdmin && <Menu.Label>Platform administrator</Menu.Label>}
        <Menu.Label>Theme</Menu.Label>
        {colorSchemes.map(({ value, label }) => (
          <Menu.Item
            key={value}
            closeMenuOnClick={false}
            onClick={() => setColorScheme(value)}
            rightSection={value === colorScheme ? <IconCheck size={14} aria-label="Chosen" /> : null}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconServer2 size={15} aria-hidden />} onClick={() => void navigate({ to: '/system' })}>
          System
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} aria-hidden />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
