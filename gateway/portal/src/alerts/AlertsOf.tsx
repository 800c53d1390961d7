import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { counted } from '../format/numbers';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import classes from './Alerts.module.css';
import { rulesQuery } from './queries';

/** The alert rules that act on drift at an endpoint, or on other news of it. */
export function AlertsOf({ project, subject }: { project: string; subject: string }) {
  const rules = useQuery(rulesQuery(project));
  const about = (rules.data ?? []).filter(
    (rule) => rule.subject === subject || (rule.subject == null && /^(drift|endpoint)\./.test(rule.eventType)),
  );
  return (
    <Panel
      title="Alerts"
      aside={
        <Link to="/p/$project/alerts" params={{ project }} search={{ on: 'drift.detected', subject }}>
          New alert…
        </Link>
      }
    >
      {about.length > 0 ? (
        <ul className={classes.rules}>
          {about.map((rule) => (
            <li key={rule.name}>
              <Link to="/p/$project/alerts" params={{ project }} search={{ rule: rule.name }}>
                {rule.name}
              </Link>
              <span className="quiet">
                on {rule.eventType}, acted {counted(rule.activations, 'time')}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        rules.isSuccess && (
          <EmptyState compact title="No alert on this endpoint">
            An alert submits a job when it drifts, such as one that trains anew.
          </EmptyState>
        )
      )}
    </Panel>
  );
}
