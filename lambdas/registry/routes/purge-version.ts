/**
 * Deletes what a retired version alone needed from the artifacts bucket, and leaves a receipt. May be interrupted
 * anywhere and begun again: what is released stays so, what is deleted is found gone, and the receipt is written once.
 */
import { objectsOf } from '../domain/objects-of.ts';
import { PLATFORM } from '../ports/act.ts';
import type { LifeStore, ObjectHolds, ObjectRemoval, PurgedObject } from '../ports/life.ts';
import type { Version, VersionStore } from '../ports.ts';

export interface PurgePorts {
  readonly versions: Pick<VersionStore, 'find'>;
  readonly life: Pick<LifeStore, 'purge'>;
  readonly holds: ObjectHolds;
  readonly removal: ObjectRemoval;
  /** Names one run of a deletion. */
  readonly newToken: () => string;
  readonly clock: () => number;
}

/** @returns whether this run purged it */
export const purgeVersion = async (ports: PurgePorts, model: string, name: string): Promise<boolean> => {
  const version = await ports.versions.find(model, name);
  if (version?.state !== 'retired' || !version.retirement || version.retirement.purgedAtMs !== undefined) return false;
  const objects: PurgedObject[] = [];
  for (const object of await needed(ports, version)) {
    await ports.holds.release(object.key, version);
    const { outcome, sizeBytes } = await deleteUnheld(ports, object.key);
    objects.push({
      kind: object.kind,
      sha256: object.key.slice(object.key.indexOf('/') + 1),
      sizeBytes: object.sizeBytes ?? sizeBytes,
      outcome,
    });
  }
  const purgedAtMs = ports.clock();
  const retirement = { ...version.retirement, purgedAtMs };
  return ports.life.purge({
    before: version,
    version: { ...version, retirement, revision: version.revision + 1, updatedAtMs: purgedAtMs },
    act: { by: PLATFORM, reason: `its files were of no more use; retired: ${version.retirement.reason}` },
    receipt: { model, version: name, retirement: version.retirement, purgedAtMs, objects },
  });
};

interface Needed {
  readonly kind: string;
  readonly key: string;
  readonly sizeBytes?: number | undefined;
}

/** What the version names, and what it holds besides: products that others took the place of, leavings of a scan. */
const needed = async ({ holds }: PurgePorts, version: Version): Promise<Needed[]> => {
  const named = version.validated ? objectsOf(version.validated) : [];
  const keys = new Set(named.map(({ key }) => key));
  const more = (await holds.heldBy(version)).filter((key) => !keys.has(key));
  return [...named, ...more.map((key) => ({ kind: 'other', key }))];
};

/**
 * The mark keeps holders out from before the object is looked at until after it is gone. Each removal names the version
 * of the object that was seen while the mark was this run's own, so that a run that was thought dead deletes nothing
 * that somebody holds since.
 */
const deleteUnheld = async (
  { holds, removal, newToken, clock }: PurgePorts,
  key: string,
): Promise<Pick<PurgedObject, 'outcome' | 'sizeBytes'>> => {
  const token = newToken();
  const begun = await holds.beginDelete(key, token, clock());
  if (begun === 'held') return { outcome: 'kept' };
  if (begun === 'gone') return { outcome: 'deleted' };
  let sizeBytes: number | undefined;
  for (;;) {
    const found = await removal.find(key);
    if (!found) break;
    if (!(await holds.stillDeletes(key, token))) throw new Error(`another run deletes the same object: ${key}`);
    sizeBytes ??= found.sizeBytes;
    await removal.remove(key, found.versionId);
  }
  if (!(await holds.endDelete(key, token, clock()))) throw new Error(`another run deletes the same object: ${key}`);
  return { outcome: 'deleted', sizeBytes };
};
