import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { asProblem } from '../api/problem';
import { signIn } from '../api/session';
import { Command } from './EmptyState';
import { Logo } from './Logo';
import classes from './SignInScreen.module.css';

/** Only addresses of this origin: a path, and not one that names another host. */
export const safeNext = (next: string | undefined): string => (next && /^\/(?![/\\])/.test(next) ? next : '/');

/** The way in: an access token, or a link from the terminal. */
export function SignInScreen() {
  const { next } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const queries = useQueryClient();
  const [token, setToken] = useState('');
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: () => {
      queries.clear();
      router.history.push(safeNext(next));
    },
  });

  useEffect(() => {
    document.title = 'Sign in – Mesh';
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate(token.trim());
  };

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Logo size={36} />
        <h1>Sign in to Mesh</h1>
        <form onSubmit={submit}>
          <PasswordInput
            label="Access token"
            size="sm"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            error={enter.error ? asProblem(enter.error).sentence : null}
            autoComplete="current-password"
            data-autofocus
            autoFocus
          />
          <Button type="submit" size="sm" fullWidth mt="sm" loading={enter.isPending} disabled={token.trim() === ''}>
            Sign in
          </Button>
        </form>
        <div className={classes.hint}>
          <p>On the machine of the mesh, this opens a browser that is signed in:</p>
          <Command text="mesh login" />
          <p>and this prints your token:</p>
          <Command text="mesh token" />
        </div>
      </div>
    </main>
  );
}
