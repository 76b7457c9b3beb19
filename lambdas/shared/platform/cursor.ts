// Opaque list cursors: the last key read, and the filters it belongs to, so that a cursor is not carried to another list.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { DomainError } from '../kernel/errors.ts';

const content = z.strictObject({ k: z.record(z.string(), z.union([z.string(), z.number()])), f: z.string() });

const fingerprint = (filters: unknown) =>
  createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 8);

/** @param lastKey - DynamoDB's LastEvaluatedKey, or undefined at the end. @param filters - all that selects and sorts the list */
export const encodeCursor = (lastKey: Record<string, unknown> | undefined, filters: unknown): string | null =>
  lastKey ? Buffer.from(JSON.stringify({ k: lastKey, f: fingerprint(filters) })).toString('base64url') : null;

/** @returns the key to start after. @throws DomainError invalid_cursor */
export const decodeCursor = (
  cursor: string | undefined,
  filters: unknown,
): Record<string, string | number> | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const { k, f } = content.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (f === fingerprint(filters)) return k;
  } catch {
    // Falls through: unreadable and foreign cursors are refused alike.
  }
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};
