// The id in a cursor. A cursor is not signed, so what is in it is looked at like any other input.
import { DomainError } from '../../shared/kernel/errors.ts';
import { type IdPrefix, isId } from '../../shared/kernel/ids.ts';

/** @returns the id to go on after, or undefined for the first page. @throws DomainError invalid_cursor */
export const afterId = (
  prefix: IdPrefix,
  content: Readonly<Record<string, string | number>> | undefined,
): string | undefined => {
  if (content === undefined) return undefined;
  const { after } = content;
  if (typeof after === 'string' && isId(prefix, after)) return after;
  throw new DomainError('invalid', 'invalid_cursor', "'query/cursor' must be the 'next' of a page of the same list");
};
