// What the clock has to do about a version.

import type { DueItem } from '../ports/life.ts';
import type { Version } from '../ports.ts';

/** The end of its notice, or the purge of what is retired, a while after `atMs`. */
export const dueOf = ({ model, version, state, deprecation, retirement }: Version): DueItem | undefined => {
  if (state === 'deprecated' && deprecation) return { kind: 'sunset', atMs: deprecation.sunsetAtMs, model, version };
  if (state === 'retired' && retirement && retirement.purgedAtMs === undefined) {
    return { kind: 'purge', atMs: retirement.atMs, model, version };
  }
  return undefined;
};
