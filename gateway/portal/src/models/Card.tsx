import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Markdown } from '../markdown/Markdown';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import classes from './Models.module.css';
import { cardQuery } from './queries';

/** The model card of a version: what it is, in a document to hand on. */
export function Card({ project, model, version }: { project: string; model: string; version: number }) {
  const card = useQuery(cardQuery(project, model, version));
  return (
    <Panel
      title="Model card"
      aside={
        <Button
          component="a"
          variant="subtle"
          size="compact-xs"
          href={`/api/v1/projects/${encodeURIComponent(project)}/models/${encodeURIComponent(model)}/versions/${version}/card`}
          download={`${model}-${version}.md`}
        >
          Download
        </Button>
      }
    >
      <div className={classes.card}>
        {card.error ? (
          <ProblemNotice error={card.error} onRetry={() => void card.refetch()} />
        ) : card.data === undefined ? (
          <Skeleton height={400} />
        ) : (
          <Markdown text={card.data} />
        )}
      </div>
    </Panel>
  );
}
