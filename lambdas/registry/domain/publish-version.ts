// What publishing makes of a version, its model and alias `latest`.
import type { Alias, Model, Version } from '../ports.ts';
import { movesLatest } from './version-order.ts';
import { nextState } from './version-state.ts';

export const LATEST = 'latest';

export interface Publication {
  readonly version: Version;
  readonly model: Model;
  /** Given when it moves. */
  readonly latest: Alias | undefined;
}

/**
 * @param latest - the alias as it is
 * @returns undefined when the version is published already
 * @throws DomainError version_state_forbids
 */
export const publishVersion = ({ version, model, latest }: Publication, nowMs: number): Publication | undefined => {
  const state = nextState(version.state, 'publish');
  if (state === undefined) return undefined;
  const moves = movesLatest(version.version, model.latestVersion);
  return {
    version: { ...version, state, revision: version.revision + 1, updatedAtMs: nowMs, publishedAtMs: nowMs },
    model: {
      ...model,
      publishedCount: model.publishedCount + 1,
      latestVersion: moves ? version.version : model.latestVersion,
      revision: model.revision + 1,
      updatedAtMs: nowMs,
    },
    latest: moves
      ? {
          model: model.name,
          alias: LATEST,
          version: version.version,
          createdAtMs: latest?.createdAtMs ?? nowMs,
          updatedAtMs: nowMs,
        }
      : undefined,
  };
};
