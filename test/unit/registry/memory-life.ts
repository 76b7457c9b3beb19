// The end of versions, in memory, with the table's refusals; and who holds which object of a bucket that may lose some.
import { dueOf } from '../../../lambdas/registry/domain/due-of.ts';
import type { Act } from '../../../lambdas/registry/ports/act.ts';
import type {
  DueItem,
  Holder,
  LifeStore,
  ObjectHolds,
  ObjectRemoval,
  Receipt,
  Transition,
} from '../../../lambdas/registry/ports/life.ts';
import type { Model, Version } from '../../../lambdas/registry/ports.ts';
import type { memoryAliases } from './memory-aliases.ts';

interface Stores {
  readonly models: Map<string, Model>;
  readonly versions: Map<string, Version>;
  readonly aliases: Pick<ReturnType<typeof memoryAliases>, 'isNext' | 'put'>;
  /** Ends of subscriptions that are to be told. */
  readonly ends: Map<string, DueItem>;
  next(version: Version, event: string, act: Act): Promise<boolean>;
  tell(event: string, model: string, more: object): void;
  interrupt(): Promise<void>;
}

export const memoryLife = ({ models, versions, aliases, ends, next, tell, interrupt }: Stores): LifeStore => {
  const receipts = new Map<string, Receipt>();
  const withdrawals: DueItem[] = [];
  const idOf = ({ model, version }: Holder) => `${model} ${version}`;
  const changed = ({ version, act }: Transition, event: string) => next(version, event, act);
  return {
    deprecate: async (change) => {
      const { model } = change;
      await interrupt();
      if (models.get(model.name)?.revision !== model.revision - 1) return false;
      if (!(await changed(change, 'VersionDeprecated.v1'))) return false;
      models.set(model.name, model);
      return true;
    },
    undeprecate: (change) => changed(change, 'VersionUndeprecated.v1'),
    retire: async (change) => {
      const { model, latest } = change;
      await interrupt();
      if (models.get(model.name)?.revision !== model.revision - 1) return false;
      if (latest && !aliases.isNext(latest)) return false;
      if (!(await changed(change, 'VersionRetired.v1'))) return false;
      models.set(model.name, model);
      if (latest) aliases.put(latest);
      return true;
    },
    purge: async (change) => {
      if (receipts.has(idOf(change.version))) return false;
      if (!(await changed(change, 'VersionPurged.v1'))) return false;
      receipts.set(idOf(change.version), change.receipt);
      return true;
    },
    withdraw: async ({ model, act }) => {
      await interrupt();
      if (models.get(model.name)?.revision !== model.revision - 1) return false;
      models.set(model.name, model);
      withdrawals.push({ kind: 'withdrawal', atMs: model.updatedAtMs, model: model.name });
      tell('ModelDeleted.v1', model.name, act);
      return true;
    },
    due: async (untilMs, after) => {
      const all = [...versions.values()].flatMap((version) => dueOf(version) ?? []);
      const keyOf = ({ atMs, model, version = '', subscription }: DueItem) =>
        `${String(atMs).padStart(15, '0')}#${model}#${subscription?.subscriptionId ?? version}`;
      return [...all, ...withdrawals, ...ends.values()]
        .filter((item) => item.atMs <= untilMs && (!after || keyOf(item) > keyOf(after)))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
        .slice(0, 3);
    },
    postponeWithdrawal: async (item, atMs) => {
      const at = withdrawals.findIndex(({ model }) => model === item.model);
      withdrawals.splice(at, 1, { ...item, atMs });
    },
    endWithdrawal: async (item) => {
      withdrawals.splice(
        withdrawals.findIndex(({ model }) => model === item.model),
        1,
      );
    },
    endSubscription: async ({ model, subscription }) => {
      if (!subscription || !ends.delete(subscription.subscriptionId)) return false;
      tell('SubscriptionEnded.v1', `${model} ${subscription.accountId}`, {});
      return true;
    },
    receipt: async (model, version) => receipts.get(idOf({ model, version })),
    async *versionsOf(model) {
      yield* [...versions.values()].filter((version) => version.model === model);
    },
  };
};

export interface MemoryObjects {
  readonly holds: ObjectHolds;
  readonly removal: ObjectRemoval;
  /** What lies in the bucket: `key` and the id of its version. */
  readonly objects: Map<string, string>;
  /** Puts an object there, if there is none, as keeping an artifact does. */
  keep(key: string): void;
}

export const memoryObjects = (): MemoryObjects => {
  const holders = new Map<string, Set<string>>();
  const deleting = new Map<string, string>();
  const objects = new Map<string, string>();
  const gone = new Set<string>();
  let writeCount = 0;
  const idOf = ({ model, version }: Holder) => `${model} ${version}`;
  return {
    objects,
    keep: (key) => {
      if (!objects.has(key)) objects.set(key, `v${writeCount++}`);
    },
    holds: {
      hold: async (key, holder) => {
        if (deleting.has(key)) return false;
        gone.delete(key);
        holders.set(key, (holders.get(key) ?? new Set()).add(idOf(holder)));
        return true;
      },
      heldBy: async (holder) => [...holders].filter(([, all]) => all.has(idOf(holder))).map(([key]) => key),
      release: async (key, holder) => {
        holders.get(key)?.delete(idOf(holder));
      },
      beginDelete: async (key, token) => {
        const all = holders.get(key);
        if (gone.has(key)) return 'gone';
        if (!all || all.size > 0) return 'held';
        deleting.set(key, token);
        return 'deleting';
      },
      stillDeletes: async (key, token) => deleting.get(key) === token,
      endDelete: async (key, token) => {
        if (deleting.get(key) !== token) return false;
        deleting.delete(key);
        gone.add(key);
        return true;
      },
    },
    removal: {
      find: async (key) => {
        const versionId = objects.get(key);
        return versionId === undefined ? undefined : { versionId, sizeBytes: 3 };
      },
      remove: async (key, versionId) => {
        if (objects.get(key) === versionId) objects.delete(key);
      },
    },
  };
};
