// What changes the state of a published version, for whoever asks: its publisher, the clock, the withdrawal of its model.
import { DomainError } from '../../shared/kernel/errors.ts';
import { retireVersion } from '../domain/retire-version.ts';
import { soundVersions } from '../domain/sound-versions.ts';
import { endOf, isRunning, periodOf } from '../domain/subscription.ts';
import type { AccessStore } from '../ports/access.ts';
import type { Act, Retirement } from '../ports/act.ts';
import type { MemberRole } from '../ports/aliases.ts';
import type { LifeStore } from '../ports/life.ts';
import type { AliasStore, HealthStore, Model, ModelStore, PublishedStore, Version, VersionStore } from '../ports.ts';
import { retryChanged } from './retry-changed.ts';

export interface RetirePorts {
  readonly models: Pick<ModelStore, 'find'>;
  readonly versions: Pick<VersionStore, 'find'>;
  readonly published: Pick<PublishedStore, 'list'>;
  readonly health: Pick<HealthStore, 'list'>;
  readonly aliases: Pick<AliasStore, 'list'>;
  readonly access: Pick<AccessStore, 'ofModel'>;
  readonly life: Pick<LifeStore, 'retire'>;
}

export interface Retiring {
  readonly rule: Retirement['rule'];
  /** Of the account's member who asks for it; undefined: nobody does. */
  readonly role?: MemberRole | undefined;
  readonly act: Act;
  readonly nowMs: number;
  /** Looked at in each round: whether it is still to be retired. */
  readonly isDue?: (version: Version) => boolean;
}

/** @param find - both as they are now @returns the version as it is then */
export const retire = (
  { published, health, aliases, access, life }: RetirePorts,
  find: () => Promise<{ readonly model: Model; readonly version: Version }>,
  { rule, role, act, nowMs, isDue = () => true }: Retiring,
): Promise<{ readonly version: Version; readonly isNew: boolean }> =>
  retryChanged(async () => {
    const { model, version: before } = await find();
    if (!isDue(before)) return { version: before, isNew: false };
    const [callable, fared, all] = await Promise.all([
      published.list(model.name),
      health.list(model.name),
      aliases.list(model.name),
    ]);
    const sound = soundVersions(callable, fared, nowMs);
    const shared = rule === 'publisher' && (await othersMayCall(access, model, nowMs));
    const request = { version: before, model, sound, callable, aliases: all, othersMayCall: shared, rule, role, act };
    const change = retireVersion(request, nowMs);
    if (!change) return { version: before, isNew: false };
    return (await life.retire({ ...change, before, act })) ? { version: change.version, isNew: true } : undefined;
  });

/** Whether anybody but the owner may be calling the model: whoever finds it, whom it is shared with, who subscribed to it. */
export const othersMayCall = async (
  access: Pick<AccessStore, 'ofModel'>,
  model: Model,
  nowMs: number,
): Promise<boolean> => {
  if (model.visibility !== 'private') return true;
  for await (const { grant, subscription } of access.ofModel(model.name, undefined)) {
    if (grant?.state === 'approved' || isRunning(subscription, nowMs)) return true;
  }
  return false;
};

/** When the last of the periods ends that subscribers of the model are in; 0: nobody is in one. */
export const subscribedUntil = async (
  access: Pick<AccessStore, 'ofModel'>,
  model: Model,
  nowMs: number,
): Promise<number> => {
  if (!model.hasOffers) return 0;
  let latestMs = 0;
  for await (const { subscription } of access.ofModel(model.name, undefined)) {
    if (!isRunning(subscription, nowMs)) continue;
    latestMs = Math.max(latestMs, Math.min(endOf(subscription), periodOf(subscription, nowMs).endMs));
  }
  return latestMs;
};

/** @throws DomainError model_withdrawn: nothing of it changes any more */
export const requireLive = ({ name, withdrawal }: Pick<Model, 'name' | 'withdrawal'>): void => {
  if (!withdrawal) return;
  const at = new Date(withdrawal.atMs).toISOString();
  throw new DomainError(
    'conflict',
    'model_withdrawn',
    `'${name}' was deleted at ${at}; nothing of it changes any more`,
  );
};
