// The inference server's environment. docs/guides/inference-server.md tells operators of every variable.
import { availableParallelism } from 'node:os';
import * as z from 'zod';

const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const jsonText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});

const models = jsonText.pipe(
  z.array(
    z.object({
      /** In the container. */
      path: z.string().startsWith('/'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
);

export const serverEnv = z.object({
  /** JSON: models that came with the server. */
  MODELS: models.default([]),
  /** Bucket of all other models that may be asked for; unset: only MODELS are served. */
  ARTIFACTS_BUCKET: z.string().min(1).optional(),
  PORT: count(0, 65_535).default(8080),
  /** Where it listens. SageMaker reaches a container from outside of it. */
  HOST: z.string().default('0.0.0.0'),
  /** Child processes, each of one thread. */
  WORKERS: count(1, 256).default(availableParallelism()),
  WORKER_MEMORY_MIB: count(128, 1_048_576).default(2_048),
  /** For loading and one run. */
  DEADLINE_MS: count(1, 900_000).default(27_000),
  /** For waiting in line. */
  QUEUE_MS: count(1, 900_000).default(20_000),
  QUEUE_COUNT: count(1, 100_000).default(256),
  QUEUE_MIB: count(1, 65_536).default(256),
  /** Rows that are run together at most; 1: each request alone. */
  JOINED_ROWS: count(1, 65_536).default(256),
  /** Disk for fetched models. */
  DISK_MIB: count(1, 1_048_576).default(10_240),
});
export type ServerEnv = z.output<typeof serverEnv>;
