/**
 * What runs by the clock for published versions: walks over all, makes products anew once what makes them has changed
 * (and a few that failed on our side, on other days), and signs what is changed, or older than manifests. Old products are
 * not used meanwhile (`madeBy` differs), and calls go to the artifact. What is not as it was signed is left as it is, and
 * told of: a new signature would cover the change up.
 *
 * A run ends with its time and the next goes on behind the version that was begun last, so that one on which a run dies
 * holds up no others; it is met again in the next walk. A version is written over the revision that was read, and what
 * is made already is not made again.
 */
import type { ManifestVerdict } from '../check-manifest.ts';
import { productsDue, withMade } from '../domain/products-due.ts';
import { isCallable } from '../domain/version-state.ts';
import type { RenewalStore } from '../ports/renewal.ts';
import type { Version, VersionStore } from '../ports.ts';
import { type MakeProducts, makers } from './make-products.ts';
import { type SignPorts, signManifest } from './sign-manifest.ts';

export interface RenewPorts extends SignPorts {
  readonly renewal: RenewalStore;
  readonly versions: Pick<VersionStore, 'find' | 'renew'>;
  readonly makeProducts: MakeProducts;
  /** Whether a version is as it was signed. */
  readonly checkManifest: (version: Version) => Promise<ManifestVerdict>;
  readonly onInvalid: (figures: Readonly<Record<string, string>>) => void;
  readonly remainingMs: () => number;
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

export const renewVersions = (ports: RenewPorts) => async (): Promise<RenewReport> => {
  const { renewal, clock, scanner } = ports;
  const by = JSON.stringify({ ...makers, manifest: { schema: 1, scanner } });
  const before = await renewal.read();
  const isSame = before?.makers === by;
  if (isSame && before.finishedAtMs !== undefined && clock() - before.finishedAtMs < REST_MS) {
    return { outcome: 'resting', versionCount: 0, renewedCount: 0 };
  }
  let revision = before?.revision ?? 0;
  const save = async (cursor: string | undefined, finishedAtMs?: number) => {
    revision++;
    if (!(await renewal.save({ makers: by, cursor, finishedAtMs, revision }))) {
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
  isCallable(state) && validated !== undefined && (!validated.manifest || productsDue(validated, makers).length > 0);

/** @returns whether the version has a manifest that it had not, or other products, or reasons, than before */
const renew = async (ports: RenewPorts, found: Version): Promise<boolean> => {
  if (!found.validated) return false;
  const verdict = await ports.checkManifest(found);
  if (verdict !== 'proven' && verdict !== 'unsigned') {
    ports.onInvalid({ model: found.model, version: found.version, verdict });
    return false;
  }
  const due = productsDue(found.validated, makers).length;
  const made = due > 0 ? await ports.makeProducts(found.validated, found) : found.validated;
  if (found.validated.manifest && productsDue(made, makers).length === due) return false;
  let version: Version | undefined = found;
  for (let tries = 0; tries < WRITE_TRIES; tries++) {
    // Retired meanwhile, it needs them no more.
    if (!version?.validated || !isCallable(version.state)) return false;
    const { manifest: _, ...unsigned } = { ...version.validated, ...withMade(version.validated, made) };
    const validated = { ...unsigned, manifest: await signManifest(ports, version, unsigned) };
    const renewed = { ...version, validated, revision: version.revision + 1, updatedAtMs: ports.clock() };
    if (await ports.versions.renew(renewed)) return true;
    version = await ports.versions.find(version.model, version.version);
  }
  return false;
};
