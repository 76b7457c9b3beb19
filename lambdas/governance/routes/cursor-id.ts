// The id in a cursor. A cursor is not signed, so what is in it is looked at like any other input.
import { DomainError } from '../../shared/kernel/errors.ts';

/** @returns the id to go on after, or undefined for the first page. @throws DomainError invalid_cursor */
export const cursorId = (
  content: Readonly<Record<string, string | number>> | undefined,
  isOne: (text: string) => boolean,
): string | undefined => {
  if (content === undefined) return undefined;
  const { after } = content;
  if (typeof after === 'string' && isOne(after)) return after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};
