import type uPlot from 'uplot';
import type { Series } from './series';
import { valueAt } from './series';

const most = 20;

/** Shows the values of all series where the pointer is, the highest first. */
export function tooltip(
  series: readonly Series[],
  colors: readonly string[],
  formatX: (x: number) => string,
  formatY: (y: number) => string,
  classes: Record<string, string | undefined>,
): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = classes.tooltip ?? '';
  box.hidden = true;
  const columns: number[] = [];
  let column = 1;
  for (const one of series) {
    columns.push(column);
    column += one.band ? 3 : 1;
  }

  const line = (color: string, label: string, value: string) => {
    const row = document.createElement('div');
    row.className = classes.tooltipRow ?? '';
    const mark = document.createElement('i');
    mark.style.background = color;
    const name = document.createElement('span');
    name.textContent = label;
    const number = document.createElement('b');
    number.textContent = value;
    row.append(mark, name, number);
    return row;
  };

  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const { idx, left = -1, top = -1 } = plot.cursor;
        if (idx == null || left < 0) {
          box.hidden = true;
          return;
        }

        const values = series
          .map((one, i) => ({ one, i, value: one.faint ? null : valueAt(plot.data[columns[i] as number] as (number | null)[], idx) }))
          .filter((entry): entry is typeof entry & { value: number } => entry.value !== null)
          .sort((a, b) => b.value - a.value);
        const head = document.createElement('div');
        head.className = classes.tooltipHead ?? '';
        head.textContent = formatX(plot.data[0][idx] as number);
        box.replaceChildren(
          head,
          ...values.slice(0, most).map(({ one, i, value }) => line(colors[i] as string, one.label, formatY(value))),
        );
        if (values.length > most) box.append(line('transparent', `and ${values.length - most} more`, ''));
        box.hidden = false;
        const right = left > plot.over.clientWidth / 2;
        const { offsetWidth: width, offsetHeight: height } = box;
        box.style.left = `${right ? left - width - 12 : left + 12}px`;
        box.style.top = `${Math.max(0, Math.min(top + 12, plot.over.clientHeight - height))}px`;
      },
    },
  };
}
