// Which of a model's versions a call may be led to: neither at the end of their notice nor quarantined.
import type { CallableVersion } from '../ports.ts';
import type { VersionHealth } from './version-health.ts';

export const soundVersions = (
  callable: readonly CallableVersion[],
  fared: readonly Pick<VersionHealth, 'version' | 'quarantinedAtMs'>[],
  nowMs: number,
): readonly CallableVersion[] => {
  const out = new Set(fared.flatMap((one) => (one.quarantinedAtMs === undefined ? [] : one.version)));
  return callable.filter(
    ({ version, sunsetAtMs = Number.POSITIVE_INFINITY }) => !out.has(version) && sunsetAtMs > nowMs,
  );
};
