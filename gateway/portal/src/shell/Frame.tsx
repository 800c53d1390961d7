import { ActionIcon } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconMenu2, IconX } from '@tabler/icons-react';
import { Outlet, useLocation, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import classes from './Frame.module.css';
import { Logo } from './Logo';
import { SideBar } from './SideBar';

const Palette = lazy(() => import('./Palette').then((module) => ({ default: module.Palette })));

/** Navigation at the left, the screen at the right. */
export function Frame() {
  const { pathname } = useLocation();
  const { project } = useParams({ strict: false });
  const [searching, setSearching] = useState(false);
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);

  useHotkeys([['mod+K', () => setSearching(true)]], []);

  // Readers of the screen hear the new screen, and Tab begins there; only when the path changes, not what is asked in the query.
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    setOpen(false);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className={classes.frame}>
      <a href="#main" className={classes.skip}>
        Skip to content
      </a>
      <header className={classes.top}>
        <ActionIcon aria-label={open ? 'Close navigation' : 'Open navigation'} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <IconX size={18} /> : <IconMenu2 size={18} />}
        </ActionIcon>
        <Logo />
        <span className="line">{project}</span>
      </header>
      <nav aria-label="Main" className={classes.side} data-open={open || undefined}>
        <SideBar onSearch={() => setSearching(true)} />
      </nav>
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
      {searching && (
        <Suspense>
          <Palette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}
