import { SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { bytes } from '../format/numbers';
import { Lines } from '../functions/CodeView';
import { Markdown } from '../markdown/Markdown';
import { EmptyState } from '../shell/EmptyState';
import { Panel } from '../shell/Panel';
import { ProblemNotice } from '../shell/ProblemNotice';
import { indented } from './json';
import classes from './Preview.module.css';
import { PreviewTable } from './PreviewTable';
import { downloadAddress, type Preview as Found, previewQuery } from './queries';

const VegaChart = lazy(() => import('./VegaChart').then((module) => ({ default: module.VegaChart })));

interface PreviewProps {
  project: string;
  artifact: string;
  version: number;
  /** The file of a directory; without it, the version itself. */
  path?: string | undefined;
}

/** A look into a version, or into a file of it: as text, as table, as chart, as picture, or as a document that may do nothing. */
export function Preview({ project, artifact, version, path }: PreviewProps) {
  const preview = useQuery(previewQuery(project, artifact, version, path));
  const name = path ?? artifact;
  const download = downloadAddress(project, artifact, version, path);
  const data = preview.data;
  return (
    <Panel
      title={path === undefined ? 'Preview' : path}
      aside={
        <span className={classes.aside}>
          {data && <span className="quiet">{bytes(data.size)}</span>}
          <a href={download} download>
            Download
          </a>
        </span>
      }
    >
      {preview.error ? (
        <ProblemNotice error={preview.error} onRetry={() => void preview.refetch()} />
      ) : data ? (
        <>
          <Shown project={project} name={name} preview={data} />
          {data.isCut && data.kind !== 'files' && <p className={classes.cut}>This is the beginning. The download has all of it.</p>}
        </>
      ) : (
        <Skeleton height={240} radius={0} />
      )}
    </Panel>
  );
}

function Shown({ project, name, preview }: { project: string; name: string; preview: Found }) {
  switch (preview.kind) {
    case 'text':
      return <Text name={name} preview={preview} />;
    case 'table':
      return <PreviewTable name={name} columns={preview.columns ?? []} rows={preview.rows ?? []} />;
    case 'image':
      return (
        <div className={classes.picture}>
          <img src={preview.content ?? ''} alt={name} />
        </div>
      );
    case 'sandboxed':
      return <iframe className={classes.document} title={name} src={preview.content ?? ''} sandbox="" referrerPolicy="no-referrer" />;
    case 'chart':
      return (
        <Suspense fallback={<Skeleton height={240} radius={0} />}>
          <VegaChart label={name} project={project} specification={preview.chart} />
        </Suspense>
      );
    default:
      return (
        <EmptyState compact title="Nothing to look at here">
          {preview.reason ?? 'It is of no kind that can be shown.'} It can be downloaded.
        </EmptyState>
      );
  }
}

function Text({ name, preview }: { name: string; preview: Found }) {
  const text = preview.text ?? '';
  const isJson = !preview.isCut && (/[/+]json$/.test(preview.contentType) || name.endsWith('.json'));
  const isMarkdown = preview.contentType === 'text/markdown' || /\.(md|markdown)$/i.test(name);
  const [asWritten, setAsWritten] = useState(false);
  const shown = useMemo(() => (isJson ? indented(text) : text), [isJson, text]);
  if (text === '')
    return (
      <EmptyState compact title="Empty">
        The file has no bytes.
      </EmptyState>
    );
  return (
    <>
      {preview.reason && <p className={classes.cut}>{preview.reason}</p>}
      {isMarkdown && (
        <div className={classes.choice}>
          <SegmentedControl
            aria-label="How the text is shown"
            data={['Formatted', 'As written']}
            value={asWritten ? 'As written' : 'Formatted'}
            onChange={(value) => setAsWritten(value === 'As written')}
          />
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard. */}
      <section className={classes.text} aria-label={`Text of ${name}`} tabIndex={0}>
        {isMarkdown && !asWritten ? (
          <div className={classes.prose}>
            <Markdown text={shown} />
          </div>
        ) : (
          <Lines text={shown} />
        )}
      </section>
    </>
  );
}
