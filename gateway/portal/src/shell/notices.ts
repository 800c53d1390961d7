import { notifications } from '@mantine/notifications';
import { asProblem } from '../api/problem';

/** Says that something was done. */
export const done = (message: string) => notifications.show({ message, color: 'teal', autoClose: 4000 });

/** Says that something was not done, with the sentence of the problem. */
export const failed = (title: string, error: unknown) =>
  notifications.show({ title, message: asProblem(error).sentence, color: 'red', autoClose: 12_000 });
