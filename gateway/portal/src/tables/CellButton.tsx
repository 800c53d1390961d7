import classes from './CellButton.module.css';

/** Chooses what a row is about, from within a cell. */
export function CellButton({ text, chosen, onChoose }: { text: string; chosen: boolean; onChoose: () => void }) {
  return (
    <button type="button" className={classes.button} aria-current={chosen || undefined} onClick={onChoose}>
      {text}
    </button>
  );
}
