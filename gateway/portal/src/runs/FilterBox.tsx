import { CloseButton, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Problem } from '../api/problem';
import { applied, complete, errorPlace, type Known, type Option } from './completion';
import classes from './FilterBox.module.css';
import { isFilter } from './search';

interface FilterBoxProps {
  /** The filter that is asked. */
  value: string;
  onApply: (value: string) => void;
  known: Known;
  /** What the mesh said against it. */
  problem: Problem | null;
}

/** A filter of the search grammar, with completion; or a part of a name. */
export function FilterBox({ value, onApply, known, problem }: FilterBoxProps) {
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  // The address may change by itself: a saved view, the way back.
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    setText(value);
  }

  const completion = useMemo(() => (caret === null ? null : complete(text, caret, known)), [text, caret, known]);
  const options = completion?.options ?? [];
  const place = problem && text === value ? errorPlace(problem.sentence) : null;

  useEffect(() => {
    if (place !== null) input.current?.setSelectionRange(place, text.length);
  }, [place, text.length]);

  const look = () => {
    setCaret(input.current?.selectionStart ?? null);
    setActive(-1);
  };

  const choose = (option: Option) => {
    if (!completion) return;
    const next = applied(text, completion, option);
    setText(next.text);
    setCaret(next.caret);
    setActive(-1);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(next.caret, next.caret);
    });
  };

  const apply = (wanted: string) => {
    setCaret(null);
    onApply(wanted.trim());
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = options[active];
    if (event.key === 'ArrowDown' && options.length > 0) setActive((active + 1) % options.length);
    else if (event.key === 'ArrowUp' && options.length > 0) setActive((active <= 0 ? options.length : active) - 1);
    else if (event.key === 'Tab' && !event.shiftKey && chosen) choose(chosen);
    else if (event.key === 'Enter') chosen ? choose(chosen) : apply(text);
    else if (event.key === 'Escape' && caret !== null) setCaret(null);
    else return;
    event.preventDefault();
  };

  return (
    <div className={classes.box}>
      <TextInput
        ref={input}
        aria-label="Filter"
        placeholder="A name, or a filter: metrics.loss < 0.1 AND params.lr = '0.01'"
        leftSection={<IconFilter size={15} aria-hidden />}
        rightSection={
          text !== '' && (
            <CloseButton
              size="sm"
              aria-label="Clear filter"
              onClick={() => {
                setText('');
                apply('');
              }}
            />
          )
        }
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setCaret(event.currentTarget.selectionStart);
          setActive(-1);
        }}
        onClick={look}
        onKeyDown={onKeyDown}
        onKeyUp={(event) => (event.key === 'ArrowLeft' || event.key === 'ArrowRight') && look()}
        onBlur={() => setCaret(null)}
        error={problem !== null}
        spellCheck={false}
        autoComplete="off"
        role="combobox"
        aria-expanded={options.length > 0}
        aria-controls={`${id}-options`}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
      />
      {options.length > 0 && (
        <div id={`${id}-options`} role="listbox" aria-label="What fits here" className={classes.options}>
          {options.map((option, i) => (
            <div
              key={option.text}
              id={`${id}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === active}
              className={classes.option}
              // Before the input loses the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                choose(option);
              }}
            >
              <span className="line">{option.text}</span>
              <span className={`line ${classes.hint}`}>{option.hint}</span>
            </div>
          ))}
          <p className={classes.keys}>
            {isFilter(text) || text === '' ? 'Enter applies the filter' : `Enter finds names with “${text.trim()}”`} · ↓ and Tab complete
          </p>
        </div>
      )}
      {problem && (
        <div id={`${id}-problem`} role="alert" className={classes.problem}>
          {place !== null && (
            <code className={classes.excerpt}>
              {value.slice(Math.max(0, place - 40), place)}
              <mark>{value.slice(place, place + 1) || '⎵'}</mark>
              {value.slice(place + 1, place + 40)}
            </code>
          )}
          {problem.sentence}
        </div>
      )}
    </div>
  );
}
