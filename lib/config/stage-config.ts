// What may differ from stage to stage, as one schema: a mistake in the map stops the synthesis with its name.
import { z } from 'zod';
import { regions } from './s3-prefix-lists.ts';

/** The retentions that CloudWatch Logs knows, up to ten years. */
const logRetentionDays = z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653]);
const memoryMiB = z.int().min(128).max(10_240);
const instanceCount = z.int().min(0);

export const stageConfig = z.strictObject({
  /** Absent: wherever the credentials point. */
  region: z.enum(regions).optional(),
  /** The API's own name; its certificate lies in the same region. Absent: the API's generated address. */
  domain: z.strictObject({ name: z.hostname(), certificateArn: z.string().startsWith('arn:aws:acm:') }).optional(),
  logRetentionDays,
  /** What becomes of tables, buckets, users and logs when a stack is deleted or one of them is replaced. */
  removal: z.enum(['retain', 'destroy']),
  /** Refuses to delete tables and the user pool at all, by whatever way. */
  deletionProtection: z.boolean(),
  memoryMiB: z.strictObject({ api: memoryMiB, worker: memoryMiB, infer: memoryMiB, scan: memoryMiB, smoke: memoryMiB }),
  /** Environments kept warm; they cost money while idle. */
  provisionedConcurrency: z.strictObject({ api: instanceCount, infer: instanceCount }),
  /** Scans at one time: each may hold a model of a gigabyte. */
  scanConcurrency: z.int().min(2).max(1000),
  /** What the gateway lets through, over all callers: the wall before our own limits. */
  gateway: z.strictObject({ requestsPerSecond: z.int().min(1), burst: z.int().min(1) }),
  /** Told when something needs a person. Absent: the alarms only show. */
  alarmEmail: z.email().optional(),
  /** Origins whose pages may call the API and the upload bucket; none: only pages of its own origin. */
  corsOrigins: z.array(z.union([z.literal('*'), z.url()])),
  /** `password` sends the password itself (over TLS), which plain `curl` can do; SRP never does. */
  signInFlows: z.array(z.enum(['srp', 'password', 'admin'])).min(1),
});

export type StageConfig = z.output<typeof stageConfig>;
