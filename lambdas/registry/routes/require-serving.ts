// Whether versions can be called now: what an alias may name.
import { DomainError } from '../../shared/kernel/errors.ts';
import { isSunset, versionRetired } from '../domain/notice.ts';
import { isVersion } from '../domain/version-order.ts';
import { isCallable, requireCallable } from '../domain/version-state.ts';
import type { AliasTarget } from '../ports/aliases.ts';
import type { HealthStore, VersionStore } from '../ports.ts';

export interface ServingPorts {
  readonly versions: Pick<VersionStore, 'find'>;
  readonly health: Pick<HealthStore, 'find'>;
}

/** @throws DomainError validation_failed (no such version), version_state_forbids, version_retired (its notice is over), version_quarantined */
export const requireServing = async (
  ports: ServingPorts,
  model: string,
  targets: readonly AliasTarget[],
  nowMs: number,
): Promise<void> => {
  const found = await Promise.all(targets.map(({ version }) => look(ports, model, version)));
  for (const [index, { version, quarantined }] of found.entries()) {
    const name = targets[index]?.version;
    const pointer = `/targets/${index}/version`;
    if (!version) {
      const detail = `must be a version of '${model}', got '${name}'`;
      throw new DomainError('invalid', 'validation_failed', `'${pointer}' ${detail}`, {
        errors: [{ pointer, detail }],
      });
    }
    requireCallable(version.state, `an alias on '${name}'`);
    if (isSunset(version, nowMs)) throw versionRetired(version);
    if (!quarantined) continue;
    const message = `'${pointer}' must be a version that can be called: '${name}' is quarantined; release it first, or name another`;
    throw new DomainError('conflict', 'version_quarantined', message);
  }
};

/** @returns of the named versions those that can be called now */
export const servingOf = async (
  ports: ServingPorts,
  model: string,
  versions: Iterable<string>,
  nowMs: number,
): Promise<ReadonlySet<string>> => {
  const looked = await Promise.all(
    [...new Set(versions)].map(async (name) => ({ name, ...(await look(ports, model, name)) })),
  );
  return new Set(
    looked.flatMap(({ name, version, quarantined }) =>
      version && isCallable(version.state) && !isSunset(version, nowMs) && !quarantined ? [name] : [],
    ),
  );
};

const look = async ({ versions, health }: ServingPorts, model: string, name: string) => {
  if (!isVersion(name)) return { version: undefined, quarantined: false };
  const [version, fared] = await Promise.all([versions.find(model, name), health.find(model, name)]);
  return { version, quarantined: fared?.quarantinedAtMs !== undefined };
};
