import { Link, Outlet } from '@tanstack/react-router';
import { useProject } from '../shell/projectName';
import { Screen } from '../shell/Screen';
import classes from './Settings.module.css';

const parts = [
  { to: '/p/$project/settings/general', label: 'General' },
  { to: '/p/$project/settings/members', label: 'Members' },
  { to: '/p/$project/settings/tokens', label: 'Access tokens' },
  { to: '/p/$project/settings/secrets', label: 'Secrets' },
  { to: '/p/$project/settings/webhooks', label: 'Webhooks' },
  { to: '/p/$project/settings/audit', label: 'Audit' },
] as const;

/** The settings of a project, part by part. */
export function SettingsScreen() {
  const project = useProject();
  return (
    <Screen title="Settings">
      <div className={classes.split}>
        <nav aria-label="Settings" className={classes.nav}>
          {parts.map(({ to, label }) => (
            <Link key={to} to={to} params={{ project }} className={classes.link}>
              {label}
            </Link>
          ))}
        </nav>
        <div className={classes.content}>
          <Outlet />
        </div>
      </div>
    </Screen>
  );
}
