import { defineConfig } from 'vitest/config';

const project = (name: string, timeoutMs: number, extra: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: ['test/support/quiet-log.ts'],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    ...extra,
  },
});

/** Each file of these starts a copy of the deployed cloud, or an emulator: no more at once than cores. */
const withCloud = { maxWorkers: 2, sequence: { groupOrder: 1 }, globalSetup: ['test/support/prepare-cloud.ts'] };

export default defineConfig({
  test: {
    // What is logged is a test's own business unless it fails.
    silent: 'passed-only',
    projects: [
      project('unit', 20_000),
      project('infra', 120_000, { isolate: false }),
      project('integration', 180_000, withCloud),
      project('contract', 300_000, withCloud),
      project('e2e', 180_000, withCloud),
    ],
  },
});
