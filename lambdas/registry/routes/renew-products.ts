/**
 * What runs by the clock for products: walks over all published versions, and makes what is due of them: all, once what
 * makes them has changed; a few that failed on our side, on other days. Old products are not used meanwhile (`madeBy`
 * differs), and calls go to the artifact.
 *
 * A run ends with its time and the next goes on behind the version that was begun last, so that one on which a run dies
 * holds up no others; it is met again in the next walk. A version is written over the revision that was read, and what
 * is made already is not made again.
 */
import { productsDue, withMade } from '../domain/products-due.ts';
import { isCallable } from '../domain/version-state.ts';
import type { RenewalStore } from '../ports/renewal.ts';
import type { Version, VersionStore } from '../ports.ts';
import { type MakeProducts, makers } from './make-products.ts';

export interface RenewPorts {
  readonly renewal: RenewalStore;
  readonly versions: Pick<VersionStore, 'find' | 'renewProducts'>;
  readonly makeProducts: MakeProducts;
  readonly remainingMs: () => number;
  readonly clock: () => number;
}

export interface RenewReport {
  /** `resting`: the last walk ended, and it is not time for the next. */
  readonly outcome: 'finished' | 'goes_on' | 'resting';
  readonly versionCount: number;
  readonly renewedCount: number;
}

/** Another walk with the same makers, for what failed on our side. */
const REST_MS = 24 * 3_600_000;
/** Products of one version may take so long; none is begun with less left. */
const VERSION_MS = 300_000;
const WRITE_TRIES = 3;

const MAKERS = JSON.stringify(makers);

export const renewProducts = (ports: RenewPorts) => async (): Promise<RenewReport> => {
  const { renewal, clock } = ports;
  const before = await renewal.read();
  const isSame = before?.makers === MAKERS;
  if (isSame && before.finishedAtMs !== undefined && clock() - before.finishedAtMs < REST_MS) {
    return { outcome: 'resting', versionCount: 0, renewedCount: 0 };
  }
  let revision = before?.revision ?? 0;
  const save = async (cursor: string | undefined, finishedAtMs?: number) => {
    revision++;
    if (!(await renewal.save({ makers: MAKERS, cursor, finishedAtMs, revision }))) {
      throw new Error('another run walks at the same time');
    }
  };
  const hasTime = () => ports.remainingMs() >= VERSION_MS;
  let versionCount = 0;
  let renewedCount = 0;
  let cursor = isSame && before.finishedAtMs === undefined ? before.cursor : undefined;
  do {
    const page = await renewal.published(cursor);
    for (const entry of page.entries) {
      const version = await ports.versions.find(entry.model, entry.version);
      if (version && isDue(version)) {
        if (!hasTime()) return { outcome: 'goes_on', versionCount, renewedCount };
        await save(entry.cursor);
        if (await renew(ports, version)) renewedCount++;
      }
      versionCount++;
    }
    cursor = page.next;
    if (cursor !== undefined) await save(cursor);
    if (cursor !== undefined && !hasTime()) return { outcome: 'goes_on', versionCount, renewedCount };
  } while (cursor !== undefined);
  await save(undefined, clock());
  return { outcome: 'finished', versionCount, renewedCount };
};

const isDue = ({ state, validated }: Version): boolean =>
  isCallable(state) && validated !== undefined && productsDue(validated, makers).length > 0;

/** @returns whether the version has other products, or reasons, than before */
const renew = async (ports: RenewPorts, found: Version): Promise<boolean> => {
  if (!found.validated) return false;
  const made = await ports.makeProducts(found.validated, found);
  if (productsDue(made, makers).length === productsDue(found.validated, makers).length) return false;
  let version: Version | undefined = found;
  for (let tries = 0; tries < WRITE_TRIES; tries++) {
    // Retired meanwhile, it needs them no more.
    if (!version?.validated || !isCallable(version.state)) return false;
    const validated = { ...version.validated, ...withMade(version.validated, made) };
    const renewed = { ...version, validated, revision: version.revision + 1, updatedAtMs: ports.clock() };
    if (await ports.versions.renewProducts(renewed)) return true;
    version = await ports.versions.find(version.model, version.version);
  }
  return false;
};
