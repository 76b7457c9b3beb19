// What may differ from stage to stage, as one schema: a mistake in the map stops the synthesis with its name.
import * as z from 'zod';
import { MIN_EVENT_RETENTION_DAYS } from '../../lambdas/billing/contract.ts';
import { regions } from './s3-prefix-lists.ts';

/** The retentions that CloudWatch Logs knows, up to ten years. */
const logRetentionDays = z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653]);
const memoryMiB = z.int().min(128).max(10_240);
const instanceCount = z.int().min(0);

const share = z.number().gt(0).max(1);

/** From when on something needs a person; docs/guides/operate.md tells what each alarm means. All look at five minutes. */
const alarmThresholds = z.strictObject({
  /** Of all calls that the gateway answered, those answered 5xx … */
  serverErrorShare: share,
  /** … once there were so many. One call of two is no trend. */
  leastCalls: z.int().min(1),
  /** p99 of what the gateway takes over all calls. */
  slowCallsMs: z.int().min(1),
  /** p99 of a model's call in a warm environment, of each lane. */
  slowModelCallsMs: z.int().min(1),
  /** Calls refused for want of money: many at once tell of a wallet or a price gone wrong. */
  chargeRefusals: z.int().min(1),
  throttles: z.int().min(1),
  functionErrors: z.int().min(1),
  /** Of the account's concurrency. */
  concurrencyShare: share,
  /** The oldest upload that waits for its scan. */
  scanWaitSeconds: z.int().min(60),
});

/** CloudFront and its firewall before the API; docs/guides/deploy.md tells what they cost. */
const front = z.strictObject({
  /** A name of its own. Absent: CloudFront's. */
  domain: z
    .strictObject({
      name: z.hostname(),
      /** Of Route 53: the name and its certificate are made in it. */
      hostedZone: z.strictObject({ id: z.string().regex(/^Z[A-Z0-9]+$/), name: z.hostname() }).optional(),
      /** Else: of a certificate, which CloudFront wants in us-east-1. */
      certificateArn: z.string().startsWith('arn:aws:acm:us-east-1:').optional(),
    })
    .refine(
      ({ hostedZone, certificateArn }) => (hostedZone === undefined) !== (certificateArn === undefined),
      "must have either 'hostedZone' or 'certificateArn'",
    )
    .optional(),
  /** What one address may send in five minutes: without credentials, and at all. */
  requestsPerFiveMinutes: z.strictObject({ public: z.int().min(10), all: z.int().min(10) }),
});

export const stageConfig = z.strictObject({
  /** Absent: wherever the credentials point. */
  region: z.enum(regions).optional(),
  /** The API's own name; its certificate lies in the same region. Absent: the API's generated address. */
  domain: z.strictObject({ name: z.hostname(), certificateArn: z.string().startsWith('arn:aws:acm:') }).optional(),
  logRetentionDays,
  /** How long usage events stay in the table after the end of their month; then they are moved to the archive bucket. */
  eventRetentionDays: z.int().min(MIN_EVENT_RETENTION_DAYS),
  /** What becomes of tables, buckets, users and logs when a stack is deleted or one of them is replaced. */
  removal: z.enum(['retain', 'destroy']),
  /** Refuses to delete tables and the user pool at all, by whatever way. */
  deletionProtection: z.boolean(),
  memoryMiB: z.strictObject({ api: memoryMiB, worker: memoryMiB, infer: memoryMiB, scan: memoryMiB, smoke: memoryMiB }),
  /** Environments kept warm; they cost money while idle. */
  provisionedConcurrency: z.strictObject({ api: instanceCount, infer: instanceCount }),
  /** Scans at one time: each may hold a model of a gigabyte. */
  scanConcurrency: z.int().min(2).max(1000),
  /** For how long a retired version's files stay: calls that are under way end meanwhile, and an environment forgets it. */
  purgeGraceSeconds: z.int().min(10),
  /**
   * Until then published versions that nobody has signed are run, and signed by the hourly walk: those that are older than
   * manifests. Afterwards a version without a signature is one that somebody took it from.
   */
  unsignedVersionsUntil: z.iso.datetime({ precision: 0 }),
  /** What the gateway lets through, over all callers: the wall before our own limits. */
  gateway: z.strictObject({ requestsPerSecond: z.int().min(1), burst: z.int().min(1) }),
  /**
   * Hosts that webhooks may lead to though they are not of the public internet, by any port and without TLS: for receivers
   * on the machine that the stage runs on. None where strangers make webhooks.
   */
  webhookPrivateHosts: z.array(z.string().min(1)),
  /** Absent: callers use the API's own address. */
  front: front.optional(),
  alarms: alarmThresholds,
  /** Has S3 count its answers by status, which it does for money: without it nothing rings when artifacts cannot be read. */
  bucketMetrics: z.boolean(),
  /** Of everything tagged with the stage. It stops nothing, it tells. */
  monthlyBudgetUsd: z.int().min(1),
  /** Told when something needs a person. Absent: the alarms only show. */
  alarmEmail: z.email().optional(),
  /** Origins whose pages may call the API and the upload bucket; none: only pages of its own origin. */
  corsOrigins: z.array(z.union([z.literal('*'), z.url()])),
  /** `password` sends the password itself (over TLS), which plain `curl` can do; SRP never does. */
  signInFlows: z.array(z.enum(['srp', 'password', 'admin'])).min(1),
});

export type StageConfig = z.output<typeof stageConfig>;
