// What publishing makes of a version, its model and alias `latest`.
import type { Alias } from '../ports/aliases.ts';
import type { Model, Version } from '../ports.ts';
import { pointLatest, withLatest } from './move-alias.ts';
import { movesLatest } from './version-order.ts';
import { nextState } from './version-state.ts';

export interface Publication {
  readonly version: Version;
  readonly model: Model;
  /** Given when it moves. */
  readonly latest: Alias | undefined;
}

export interface PublishRequest extends Publication {
  /** Whether who publishes may move alias `latest`. */
  readonly mayMoveLatest: boolean;
}

/**
 * @param request.latest - the alias as it is
 * @returns undefined when the version is published already
 * @throws DomainError version_state_forbids
 */
export const publishVersion = (
  { version, model, latest, mayMoveLatest }: PublishRequest,
  nowMs: number,
): Publication | undefined => {
  const state = nextState(version.state, 'publish');
  if (state === undefined) return undefined;
  // Where nothing that it named is left, there is nothing to stay at.
  const follows = mayMoveLatest && (!latest?.pinned || model.latestVersion === undefined);
  const moved =
    follows && movesLatest(version.version, model.latestVersion)
      ? pointLatest(latest, model.name, version.version, nowMs)
      : undefined;
  const counted = { ...model, publishedCount: model.publishedCount + 1 };
  return {
    version: { ...version, state, revision: version.revision + 1, updatedAtMs: nowMs, publishedAtMs: nowMs },
    model: moved ? withLatest(counted, moved, nowMs) : { ...counted, revision: model.revision + 1, updatedAtMs: nowMs },
    latest: moved,
  };
};
