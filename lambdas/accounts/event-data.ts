// What accounts tells in its events.
import * as z from 'zod/mini';
import { isId } from '../shared/kernel/ids.ts';

/** Detail data of `AccountCreated.v1`; the subject is the account's id. */
export const accountCreatedData = z.object({
  kind: z.enum(['personal', 'organisation']),
  userId: z.string().check(z.refine((text) => isId('usr', text), 'must be usr_ and 26 characters')),
});
export type AccountCreatedData = z.output<typeof accountCreatedData>;

/** Detail data of `AccountDeleted.v1`; the subject is the account's id. What it owned is to come to its end. */
export const accountDeletedData = z.object({ kind: z.enum(['personal', 'organisation']) });
export type AccountDeletedData = z.output<typeof accountDeletedData>;
