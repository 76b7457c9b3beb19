// The stages, all in one place. `dev` is also what runs on a laptop; see docs/guides/deploy.md for each line's cost.
import { type StageConfig, stageConfig } from './stage-config.ts';

const small = { api: 512, worker: 512, infer: 1024, scan: 1769, smoke: 10_240 };

const staging = {
  logRetentionDays: 30,
  eventRetentionDays: 45,
  removal: 'destroy',
  deletionProtection: false,
  memoryMiB: small,
  provisionedConcurrency: { api: 0, infer: 0 },
  scanConcurrency: 5,
  purgeGraceSeconds: 86_400,
  unsignedVersionsUntil: '2027-06-01T00:00:00Z',
  gateway: { requestsPerSecond: 500, burst: 1000 },
  webhookPrivateHosts: [],
  front: { requestsPerFiveMinutes: { public: 2000, all: 100_000 } },
  alarms: {
    serverErrorShare: 0.01,
    leastCalls: 20,
    slowCallsMs: 5000,
    slowModelCallsMs: 2000,
    chargeRefusals: 200,
    throttles: 5,
    functionErrors: 3,
    concurrencyShare: 0.8,
    scanWaitSeconds: 1800,
  },
  bucketMetrics: false,
  monthlyBudgetUsd: 50,
  corsOrigins: [],
  signInFlows: ['srp', 'admin'],
} as const;

/** What the map is written in; parsed when a stage is read. */
export const stages: Readonly<Record<'dev' | 'staging' | 'production', unknown>> = {
  dev: {
    ...staging,
    // On a laptop nothing but this bounds what a trial run may take.
    memoryMiB: { ...small, smoke: 3008 },
    logRetentionDays: 7,
    front: undefined,
    webhookPrivateHosts: ['127.0.0.1', 'localhost'],
    gateway: { requestsPerSecond: 100, burst: 200 },
    corsOrigins: ['*'],
    signInFlows: ['srp', 'password', 'admin'],
    purgeGraceSeconds: 10,
    // What was published on a laptop may be of any age.
    unsignedVersionsUntil: '9999-01-01T00:00:00Z',
  },
  staging,
  production: {
    ...staging,
    region: 'eu-central-1',
    logRetentionDays: 365,
    eventRetentionDays: 95,
    removal: 'retain',
    deletionProtection: true,
    memoryMiB: { ...small, api: 1024, infer: 1769 },
    scanConcurrency: 20,
    gateway: { requestsPerSecond: 5000, burst: 5000 },
    // 400 a second: two accounts behind one address, each at the 200 a second of its plan. WAF cannot tell good
    // credentials from made-up ones, so this is all that holds those back, and no higher than somebody needs.
    front: { requestsPerFiveMinutes: { public: 2000, all: 120_000 } },
    bucketMetrics: true,
    monthlyBudgetUsd: 1000,
  },
};

export type StageName = keyof typeof stages;

/** @throws Error for a stage whose data is meant to outlive it */
export const assertDestroyable = (name: string): void => {
  const { removal, deletionProtection } = parseStage(name);
  if (removal === 'retain' || deletionProtection)
    throw new Error(
      `stage ${name} is protected: its data is meant to outlive it. docs/guides/deploy.md, "What stays", tells how to remove it by hand`,
    );
};

export const parseStage = (name: string, map: Readonly<Record<string, unknown>> = stages): StageConfig => {
  if (!Object.hasOwn(map, name))
    throw new Error(`'stage' must be one of ${Object.keys(map).join(', ')}, got ${name} (choose with -c stage=<name>)`);
  const parsed = stageConfig.safeParse(map[name]);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`stage ${name} in lib/config/stages.ts is malformed:\n${faults.join('\n')}`);
};
