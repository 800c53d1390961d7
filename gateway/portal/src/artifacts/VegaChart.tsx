import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { type Loader, loader, parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { ProblemNotice } from '../shell/ProblemNotice';
import { series } from '../theme';
import classes from './Preview.module.css';

interface VegaChartProps {
  label: string;
  project: string;
  specification: unknown;
}

/** A chart by a specification of Vega-Lite. Its expressions are interpreted, not run as code, and it reads nothing from outside its project. */
export function VegaChart({ label, project, specification }: VegaChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!place.current) return;
    const container = place.current;
    let view: View | undefined;
    const draw = async () => {
      const { spec } = compile(specification as TopLevelSpec, { config: configOf(scheme) });
      view = new View(parse(spec, undefined, { ast: true }), {
        expr: expressionInterpreter,
        loader: within(`/api/v1/projects/${encodeURIComponent(project)}/`),
        container,
        renderer: 'canvas',
        hover: true,
      });
      await view.runAsync();
      setError(null);
    };
    draw().catch(setError);
    return () => void view?.finalize();
  }, [specification, project, scheme]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard.
    <section className={classes.chart} aria-label="Chart" tabIndex={0}>
      {error !== null && <ProblemNotice error={error} />}
      <div ref={place} role="img" aria-label={label} />
    </section>
  );
}

/** Reads addresses that begin so, once their dots are resolved, and no others. */
function within(start: string): Loader {
  const plain = loader();
  return {
    ...plain,
    sanitize: (uri, options) => {
      const { origin, pathname, search } = new URL(uri, location.origin);
      return origin === location.origin && pathname.startsWith(start)
        ? plain.sanitize(`${pathname}${search}`, options)
        : Promise.reject(new Error('The chart reads from outside its project.'));
    },
  };
}

function configOf(scheme: 'light' | 'dark'): Config {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const [text, quiet, edge] = [color('--mantine-color-text'), color('--mantine-color-dimmed'), color('--mesh-border')];
  const font = color('--mantine-font-family');
  return {
    background: 'transparent',
    font,
    mark: { color: series[scheme][0] as string },
    range: { category: series[scheme] },
    title: { color: text, fontSize: 13, fontWeight: 600, anchor: 'start' },
    axis: {
      labelOverlap: true,
      labelColor: quiet,
      titleColor: quiet,
      gridColor: edge,
      domainColor: edge,
      tickColor: edge,
      titleFontWeight: 500,
    },
    header: { labelColor: text, titleColor: text },
    legend: { labelColor: quiet, titleColor: quiet },
    text: { color: text },
    view: { stroke: edge },
  };
}
