import { IconSearch } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { Account } from './Account';
import { navigation } from './navigation';
import { ProjectSwitcher } from './ProjectSwitcher';
import classes from './SideBar.module.css';

const modifier = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl ';

/** Project, search, sections and the account. */
export function SideBar({ onSearch }: { onSearch: () => void }) {
  const { project } = useParams({ strict: false });
  return (
    <div className={classes.bar}>
      <ProjectSwitcher />
      {project !== undefined && (
        <button type="button" className={classes.search} onClick={onSearch}>
          <IconSearch size={15} aria-hidden />
          <span>Search</span>
          <kbd>{modifier}K</kbd>
        </button>
      )}
      <div className={classes.sections}>
        {project !== undefined &&
          navigation.map((group) => (
            <ul key={group[0]?.path} className={classes.group}>
              {group.map(({ label, path, icon: Icon }) => (
                <li key={path}>
                  <Link
                    to={`/p/$project${path}` as '/p/$project'}
                    params={{ project }}
                    activeOptions={{ exact: path === '', includeSearch: false }}
                    className={classes.section}
                  >
                    <Icon size={16} stroke={1.7} aria-hidden />
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          ))}
      </div>
      <Account />
    </div>
  );
}
