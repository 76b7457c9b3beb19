// `If-Match`: a change is made only to what its sender has seen.
import { DomainError } from '../../shared/kernel/errors.ts';

/** @param etag - undefined: there is nothing yet. @throws DomainError precondition_failed */
export const requireMatch = (ifMatch: string | undefined, etag: string | undefined, what: string): void => {
  if (ifMatch === undefined) return;
  if (etag !== undefined && (ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag))) return;
  throw new DomainError('precondition_failed', 'precondition_failed', `'if-match' must be the ${what}'s present ETag`);
};
