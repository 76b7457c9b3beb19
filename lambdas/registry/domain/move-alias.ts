// What moving an alias makes of it: by hand, by publishing, and back again.
import compare from 'semver/functions/compare.js';
import type { Alias, AliasSetting, AliasSplit, AliasTarget, MemberRole } from '../ports/aliases.ts';
import type { Model } from '../ports.ts';
import { LATEST } from './alias-name.ts';

/** How far back an alias can be rolled. */
export const ALIAS_HISTORY_COUNT = 20;

export interface AliasWish {
  readonly targets: readonly AliasTarget[];
  readonly pinned: boolean;
  readonly protectedRoles: readonly MemberRole[] | undefined;
}

/** An alias that names one version. */
export const onlyTarget = (version: string): readonly AliasTarget[] => [{ version, weight: 1 }];

/** @returns the alias as it shall be; the same object when nothing changes */
export const changeAlias = (
  before: Alias | undefined,
  { model, alias }: Pick<Alias, 'model' | 'alias'>,
  wish: AliasWish,
  nowMs: number,
): Alias => {
  const targets = heaviestFirst(wish.targets);
  const [heaviest] = targets;
  if (!heaviest) throw new Error(`an alias names at least one version: ${model} ${alias}`);
  const moves = !before || !sameTargets(before.targets, targets);
  const { pinned, protectedRoles } = wish;
  if (before && !moves && before.pinned === pinned && sameRoles(before.protectedRoles, protectedRoles)) return before;
  return {
    model,
    alias,
    targets,
    version: heaviest.version,
    pinned,
    protectedRoles,
    moveCount: (before?.moveCount ?? 0) + (moves ? 1 : 0),
    history: before && moves ? remember(before, nowMs) : (before?.history ?? []),
    sinceMs: before && !moves ? before.sinceMs : nowMs,
    revision: (before?.revision ?? 0) + 1,
    createdAtMs: before?.createdAtMs ?? nowMs,
    updatedAtMs: nowMs,
  };
};

/** What the platform itself makes of alias `latest`: it names one version, and goes on following. */
export const pointLatest = (before: Alias | undefined, model: string, version: string, nowMs: number): Alias =>
  changeAlias(
    before,
    { model, alias: LATEST },
    { targets: onlyTarget(version), pinned: before?.pinned ?? false, protectedRoles: before?.protectedRoles },
    nowMs,
  );

/**
 * Back to what it named before: the newest earlier setting of which every version that gets callers may be called. One
 * that gets none is left out where it may not be. It is pinned then, since someone looked at it.
 * @param mayCall - whether a version may be called
 * @returns undefined when there is none
 */
export const rollBack = (before: Alias, mayCall: (version: string) => boolean, nowMs: number): Alias | undefined => {
  const standing = ({ targets }: AliasSplit) => targets.filter(({ version, weight }) => weight > 0 || mayCall(version));
  const settings = before.history.map(standing);
  const index = settings.findIndex(
    (targets) => !sameTargets(targets, standing(before)) && weighted(targets).every(({ version }) => mayCall(version)),
  );
  const targets = settings[index];
  if (!targets) return undefined;
  const { protectedRoles } = before;
  const back = changeAlias(before, before, { targets, pinned: true, protectedRoles }, nowMs);
  // What was rolled back, and what lay between, is not come back to.
  return { ...back, history: before.history.slice(index + 1) };
};

/** The model, once alias `latest` of it is another. */
export const withLatest = (model: Model, latest: Alias, nowMs: number): Model => ({
  ...model,
  latestVersion: latest.version,
  latestSplit:
    weighted(latest.targets).length > 1 ? { targets: latest.targets, moveCount: latest.moveCount } : undefined,
  revision: model.revision + 1,
  updatedAtMs: nowMs,
});

/** Those that get callers. */
export const weighted = (targets: readonly AliasTarget[]): readonly AliasTarget[] =>
  targets.filter(({ weight }) => weight > 0);

/** Of equal weights the higher version comes first. */
const heaviestFirst = (targets: readonly AliasTarget[]): readonly AliasTarget[] =>
  [...targets].sort((a, b) => b.weight - a.weight || compare(b.version, a.version));

const remember = ({ targets, moveCount, pinned, sinceMs, history }: Alias, nowMs: number): readonly AliasSetting[] =>
  [{ targets, moveCount, pinned, sinceMs, untilMs: nowMs }, ...history].slice(0, ALIAS_HISTORY_COUNT);

/** Both heaviest first, so that their order tells nothing. */
const sameTargets = (a: readonly AliasTarget[], b: readonly AliasTarget[]): boolean =>
  a.length === b.length &&
  a.every(({ version, weight }, index) => version === b[index]?.version && weight === b[index]?.weight);

const sameRoles = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.length === b.length && a.every((role) => b.includes(role));
