// An alias as the API tells it.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import type { Alias, AliasTarget } from '../ports/aliases.ts';

/** @param isOwn - who may move it is told to its own account alone */
export const tellAlias = (alias: Alias, isOwn: boolean) => ({
  alias: alias.alias,
  targets: tellTargets(alias.targets),
  revision: alias.moveCount,
  pinned: alias.pinned,
  ...(isOwn ? { protectedRoles: alias.protectedRoles ?? null } : {}),
  createdAt: toTimestamp(alias.createdAtMs),
  updatedAt: toTimestamp(alias.updatedAtMs),
});

/** With what it named before, which may be versions that nobody else sees any more: to its own account alone. */
export const tellWholeAlias = (alias: Alias, isOwn: boolean) => ({
  ...tellAlias(alias, isOwn),
  ...(isOwn
    ? {
        history: alias.history.map(({ targets, moveCount, pinned, sinceMs, untilMs }) => ({
          targets: tellTargets(targets),
          revision: moveCount,
          pinned,
          since: toTimestamp(sinceMs),
          until: toTimestamp(untilMs),
        })),
      }
    : {}),
});

/** One that was deleted and made again is another. */
export const aliasEtag = ({ revision, createdAtMs }: Pick<Alias, 'revision' | 'createdAtMs'>): string =>
  `"${revision}-${createdAtMs.toString(36)}"`;

const tellTargets = (targets: readonly AliasTarget[]) => {
  const sum = targets.reduce((all, { weight }) => all + weight, 0);
  return targets.map(({ version, weight }) => ({ version, weight, share: weight / sum }));
};
