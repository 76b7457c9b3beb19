/**
 * What runs by the clock for published versions: walks over all, scans anew what an older scanner passed, makes products anew
 * once what makes them has changed (and a few that failed on our side, on other days), and signs what is changed, or older
 * than manifests. Old products are not used meanwhile (`madeBy` differs), and calls go to the artifact. What the scanner of
 * today refuses is blocked before that is noted, so that a run which dies in between does it again. What is not as it was
 * signed is left as it is, and told of: a new signature would cover the change up.
 *
 * A run ends with its time and the next goes on behind the version that was begun last, so that one on which a run dies
 * holds up no others; it is met again in the next walk. A version is written over the revision that was read, and what
 * is made already is not made again.
 */
import type { ManifestVerdict } from '../check-manifest.ts';
import type { Rejection } from '../contract.ts';
import { productsDue, withMade } from '../domain/products-due.ts';
import { block } from '../domain/version-health.ts';
import { isCallable } from '../domain/version-state.ts';
import type { RenewalStore } from '../ports/renewal.ts';
import type { HealthStore, Version, VersionStore } from '../ports.ts';
import { type MakeProducts, makers } from './make-products.ts';
import type { Rescan } from './rescan-version.ts';
import { retryChanged } from './retry-changed.ts';
import { type SignPorts, signManifest } from './sign-manifest.ts';

export interface RenewPorts extends SignPorts {
  readonly renewal: RenewalStore;
  readonly versions: Pick<VersionStore, 'find' | 'renew'>;
  readonly makeProducts: MakeProducts;
  readonly rescan: Rescan;
  readonly health: Pick<HealthStore, 'find' | 'block'>;
  readonly onBlocked: (figures: Readonly<Record<string, string>>) => void;
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
      if (version && isDue(version, scanner)) {
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

const isScanDue = ({ scan }: Version, scanner: string): boolean => scan?.scanner !== scanner;

const isDue = (version: Version, scanner: string): boolean => {
  const { state, validated, scan } = version;
  if (!isCallable(state) || !validated) return false;
  if (isScanDue(version, scanner)) return true;
  // What the scanner refuses is neither served faster nor signed.
  return scan?.rejection === undefined && (!validated.manifest || productsDue(validated, makers).length > 0);
};

/** @returns whether anything of the version is another than before */
const renew = async (ports: RenewPorts, found: Version): Promise<boolean> => {
  if (!found.validated) return false;
  const verdict = await ports.checkManifest(found);
  if (verdict !== 'proven' && verdict !== 'unsigned') {
    ports.onInvalid({ model: found.model, version: found.version, verdict });
    return false;
  }
  const rescanned = isScanDue(found, ports.scanner) ? await ports.rescan(found) : undefined;
  if (rescanned?.rejection) {
    await blockVersion(ports, found, rescanned.rejection);
    return store(ports, found, async (version) => ({ ...version, scan: rescanned.scan }));
  }
  const due = productsDue(found.validated, makers).length;
  const made = due > 0 ? await ports.makeProducts(found.validated, found) : found.validated;
  const isChanged = rescanned || !found.validated.manifest || productsDue(made, makers).length !== due;
  if (!isChanged) return false;
  return store(ports, found, async (version, before) => {
    const { manifest: _, ...rest } = { ...before, ...withMade(before, made) };
    const unsigned = { ...rest, examples: rescanned?.examples ?? rest.examples };
    const validated = { ...unsigned, manifest: await signManifest(ports, version, unsigned) };
    return { ...version, ...(rescanned ? { scan: rescanned.scan } : {}), validated };
  });
};

/** Over the revision that was read; of a version that changed meanwhile, over that. @returns whether it was written */
const store = async (
  { versions, clock }: RenewPorts,
  found: Version,
  change: (version: Version, validated: NonNullable<Version['validated']>) => Promise<Version>,
): Promise<boolean> => {
  let version: Version | undefined = found;
  for (let tries = 0; tries < WRITE_TRIES; tries++) {
    // Retired meanwhile, it needs none of it.
    if (!version?.validated || !isCallable(version.state)) return false;
    const next = await change(version, version.validated);
    if (await versions.renew({ ...next, revision: version.revision + 1, updatedAtMs: clock() })) return true;
    version = await versions.find(version.model, version.version);
  }
  return false;
};

const blockVersion = async (
  { health, scanner, clock, onBlocked }: RenewPorts,
  found: Version,
  rejection: Rejection,
) => {
  const { model, version } = found;
  const blocked = { rule: rejection.rule, message: rejection.message, scanner };
  await retryChanged(async () => {
    const next = block(found, await health.find(model, version), { blocked, nowMs: clock() });
    return !next || (await health.block(next, blocked, clock())) || undefined;
  });
  onBlocked({ model, version, rule: rejection.rule });
};
