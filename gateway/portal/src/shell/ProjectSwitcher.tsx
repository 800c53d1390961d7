import { Menu } from '@mantine/core';
import { IconCheck, IconFolders, IconSelector } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { projectsQuery } from '../projects/queries';
import { Logo } from './Logo';
import classes from './ProjectSwitcher.module.css';

/** The project that one is in, and the way into another. */
export function ProjectSwitcher() {
  const { project } = useParams({ strict: false });
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const projects = useQuery({ ...projectsQuery, enabled: open });

  if (project === undefined) {
    return (
      <Link to="/" search={{ all: true }} className={classes.current}>
        <Logo />
        <span className={classes.name}>Mesh</span>
      </Link>
    );
  }

  return (
    <Menu opened={open} onChange={setOpen} width={240}>
      <Menu.Target>
        <button type="button" className={classes.current} aria-label={`Project ${project}, switch`}>
          <Logo />
          <span className={`line ${classes.name}`} title={project}>
            {project}
          </span>
          <IconSelector size={15} aria-hidden className={classes.arrows} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={420} className={classes.list}>
        {(projects.data ?? []).map(({ name }) => (
          <Menu.Item
            key={name}
            onClick={() => void navigate({ to: '/p/$project', params: { project: name } })}
            rightSection={name === project ? <IconCheck size={14} aria-label="This one" /> : null}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconFolders size={15} aria-hidden />} onClick={() => void navigate({ to: '/', search: { all: true } })}>
          All projects
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
