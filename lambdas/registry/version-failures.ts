// Counts the runs that a version did not survive. Exact however many environments count at once: each writes over the
// revision it read, and reads again when another was first.
import type { VersionFailures } from './contract.ts';
import { noteFailure } from './domain/version-health.ts';
import type { HealthStore } from './ports.ts';
import { retryChanged } from './routes/retry-changed.ts';

export const versionFailures = (health: Pick<HealthStore, 'find' | 'fail'>): VersionFailures => ({
  note: ({ version, kind, nowMs }) =>
    retryChanged(async () => {
      const known = await health.find(version.model, version.version);
      const next = noteFailure(version, known, { kind, atMs: nowMs });
      if (!next) return false;
      return (await health.fail(next, nowMs)) ? next.quarantinedAtMs !== undefined : undefined;
    }),
});
