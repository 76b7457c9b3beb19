// Marks the minute of a charge, its hour and its day as open, once per environment.
import { periodsOfMinute } from './sealing.ts';

/** Forgetting a mark only means that it is written once more. */
const MAX_REMEMBERED = 10_000;

/**
 * @param mark - writes one marker; repeating it is safe
 * @returns makes a minute findable, waiting for the writes; free when this environment has done it before
 */
export const createMarks = (mark: (accountId: string, period: string) => Promise<void>) => {
  const marked = new Map<string, Promise<void>>();
  const markOnce = (accountId: string, period: string): Promise<void> => {
    const at = `${accountId} ${period}`;
    const known = marked.get(at);
    if (known) return known;
    if (marked.size >= MAX_REMEMBERED) marked.clear();
    const written = mark(accountId, period).catch((fault: unknown) => {
      marked.delete(at);
      throw fault;
    });
    marked.set(at, written);
    return written;
  };
  return async (accountId: string, minute: string): Promise<void> => {
    await Promise.all(periodsOfMinute(minute).map((period) => markOnce(accountId, period)));
  };
};
