import { defineConfig } from 'vitest/config';

const project = (name: string, timeoutMs: number, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: timeoutMs, hookTimeout: timeoutMs, ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 20_000),
      project('infra', 60_000),
      project('contract', 180_000),
      project('integration', 120_000),
      project('e2e', 180_000),
    ],
  },
});
