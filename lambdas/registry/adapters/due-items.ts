// What the clock has to do, sorted by time: put and taken away by the transactions that make it due.
import * as z from 'zod/mini';
import type { DueItem } from '../ports/life.ts';
import { put, remove, removeThere, type WriteItem } from './writes.ts';

export const DUE = 'due';

export const dueItem = z.pipe(
  z.object({
    schema: z.literal(1),
    atMs: z.int(),
    model: z.string(),
    kind: z.enum(['sunset', 'purge', 'withdrawal', 'subscription']),
    version: z.optional(z.string()),
    subscription: z.optional(z.object({ accountId: z.string(), subscriptionId: z.string(), offerId: z.string() })),
  }),
  z.transform(({ schema: _, ...due }): DueItem => due),
);

export const dueKey = ({ atMs, model, version = '', subscription }: DueItem) => ({
  pk: DUE,
  sk: `${String(atMs).padStart(15, '0')}#${model}#${subscription?.subscriptionId ?? version}`,
});

export const putDue = (table: string, item: DueItem): WriteItem => put(table, { ...dueKey(item), schema: 1, ...item });

/** What was due before, made what is due now. */
export const changeDue = (table: string, was: DueItem | undefined, is: DueItem | undefined): WriteItem[] => {
  if (was && is && dueKey(was).sk === dueKey(is).sk) {
    // Retired in the very millisecond of its sunset: what is due now takes the place of what was.
    return was.kind === is.kind ? [] : [putDue(table, is)];
  }
  // The end of a subscription is told by whoever takes its item away, the clock or this.
  const gone = was && (was.kind === 'subscription' ? removeThere : remove)(table, dueKey(was));
  return [...(gone ? [gone] : []), ...(is ? [putDue(table, is)] : [])];
};
