// How versions fared, in memory, with the table's refusal of a write over another revision.
import type { VersionHealth } from '../../../lambdas/registry/domain/version-health.ts';
import { type Act, PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import type { HealthStore } from '../../../lambdas/registry/ports.ts';

type Tell = (event: string, model: string, more: { version: string } & Partial<Act>) => void;

export const memoryHealth = (tell: Tell = () => {}): HealthStore => {
  const all = new Map<string, VersionHealth>();
  const idOf = (model: string, version: string) => `${model} ${version}`;
  const write = async (health: VersionHealth, event: string | undefined, act: Act = { by: PLATFORM }) => {
    const id = idOf(health.model, health.version);
    if ((all.get(id)?.revision ?? 0) !== health.revision - 1) return false;
    all.set(id, health);
    if (event) tell(event, health.model, { ...act, version: health.version });
    return true;
  };
  return {
    find: async (model, version) => all.get(idOf(model, version)),
    list: async (model) => [...all.values()].filter((health) => health.model === model),
    fail: (health) => write(health, health.quarantinedAtMs === undefined ? undefined : 'VersionQuarantined.v1'),
    block: (health) => write(health, 'VersionBlocked.v1'),
    release: (health, act) => write(health, 'VersionReleased.v1', act),
  };
};
