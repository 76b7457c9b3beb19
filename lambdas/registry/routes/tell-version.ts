// A version as the API tells it.
import { toTimestamp } from '../../shared/kernel/clock.ts';
import { countOf, quarantineReason, type VersionHealth } from '../domain/version-health.ts';
import type { ScanResult } from '../ports/scans.ts';
import type { Version } from '../ports.ts';

/** @param health - how its runs fared; undefined: nothing is known, or it does not matter */
export const tellVersion = (version: Version, health?: VersionHealth) => {
  const { validated, batchInput, rejection, publishedAtMs } = version;
  // What is retired is so, however its runs fared.
  const isQuarantined = health?.quarantinedAtMs !== undefined && version.state !== 'retired';
  return {
    model: version.model,
    version: version.version,
    state: isQuarantined ? ('quarantined' as const) : version.state,
    files: [...version.files],
    ...(batchInput === undefined ? {} : { batchInput }),
    ...(validated
      ? {
          signature: validated.signature,
          artifact: { sha256: validated.artifact.sha256, sizeBytes: validated.artifact.sizeBytes },
          envelope: validated.envelope,
          lane: validated.lane,
          // Which key of ours it lies under is nobody's business.
          products: validated.products.map(({ key: _, ...product }) => product),
          notMade: [...(validated.notMade ?? [])],
        }
      : {}),
    ...(rejection ? { rejection } : {}),
    ...(version.scan ? { scan: tellScan(version.scan) } : {}),
    ...(health?.quarantinedAtMs === undefined ? {} : { quarantine: tellQuarantine(health, health.quarantinedAtMs) }),
    ...tellEnd(version),
    createdAt: toTimestamp(version.createdAtMs),
    updatedAt: toTimestamp(version.updatedAtMs),
    ...(publishedAtMs === undefined ? {} : { publishedAt: toTimestamp(publishedAtMs) }),
  };
};

const tellScan = ({ scanner, atMs, findings, warnings, smoke, rejection }: ScanResult) => ({
  scanner,
  at: toTimestamp(atMs),
  ...(findings ? { findings: { ...findings, operators: [...findings.operators] } } : {}),
  warnings: [...warnings],
  ...(smoke ? { smoke } : {}),
  ...(rejection ? { rejection } : {}),
});

const tellQuarantine = (health: VersionHealth, sinceMs: number) => ({
  reason: quarantineReason(health),
  ...(health.blocked ? { rule: health.blocked.rule } : {}),
  crashed: countOf(health, 'crashed'),
  timedOut: countOf(health, 'timed_out'),
  since: toTimestamp(sinceMs),
  releases: health.releaseCount,
});

const tellEnd = ({ deprecation, retirement }: Version) => ({
  ...(deprecation
    ? {
        deprecation: {
          since: toTimestamp(deprecation.sinceMs),
          sunsetAt: toTimestamp(deprecation.sunsetAtMs),
          ...successorOf(deprecation),
          reason: deprecation.reason,
        },
      }
    : {}),
  ...(retirement
    ? {
        retirement: {
          at: toTimestamp(retirement.atMs),
          ...successorOf(retirement),
          reason: retirement.reason,
          rule: retirement.rule,
          ...(retirement.purgedAtMs === undefined ? {} : { purgedAt: toTimestamp(retirement.purgedAtMs) }),
        },
      }
    : {}),
});

const successorOf = ({ successor }: { readonly successor?: string | undefined }) =>
  successor === undefined ? {} : { successor };
