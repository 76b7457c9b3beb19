// The server put together: files, children, proofs, and the face before them.
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logWork } from '../../shared/platform/log.ts';
import { answerInvocation } from './answer-invocation.ts';
import type { ModelFile } from './child-messages.ts';
import { createHttpServer } from './http-server.ts';
import { startModelChild } from './model-child.ts';
import { createModelFiles, type ModelStore } from './model-files.ts';
import { ModelPool, type PoolStats } from './model-pool.ts';
import { proveRows } from './prove-rows.ts';
import { createRowProofs, type RowProofs } from './row-proofs.ts';
import type { ServerEnv } from './server-env.ts';

const MIB = 1_048_576;
/** A child is there within. */
const START_MS = 20_000;
/** SageMaker's own limit of a body. */
const BODY_LIMIT_BYTES = 25 * MIB;
/** Inputs of a joint run together. */
const JOINED_BYTES = 4 * MIB;

export interface InferenceServer {
  readonly port: number;
  readonly stats: () => PoolStats;
  readonly proofs: RowProofs;
  /** Answers what was begun, and is gone. */
  close(): Promise<void>;
}

export interface InferenceServerOptions {
  readonly env: ServerEnv;
  /** run-child and prove-child, as the running Node can load them. */
  readonly childFiles: { readonly run: string; readonly prove: string };
  /** Of models beyond `env.MODELS`. */
  readonly store: ModelStore | undefined;
}

/** @throws Error when a model of `env.MODELS` is not there, or another */
export const startInferenceServer = async (options: InferenceServerOptions): Promise<InferenceServer> => {
  const { env, childFiles, store } = options;
  const own = new Map<string, ModelFile>();
  for (const { path, sha256 } of env.MODELS) own.set(sha256, await checkFile(path, sha256));
  const directory = mkdtempSync(join(tmpdir(), 'models-'));
  const files = createModelFiles({ own, store, directory, budgetBytes: env.DISK_MIB * MIB });
  const memoryBytes = env.WORKER_MEMORY_MIB * MIB;
  const limits = { memoryBytes, timeoutMs: env.DEADLINE_MS };
  const proofs = createRowProofs(
    // Kept on the disk while it is tried, as while it runs.
    (model, signal) =>
      files.use({ ...model, key: '' }, (file) => proveRows(childFiles.prove, limits, file, signal)) ?? noFile(model),
    (artifact, proof) => logWork('row_proof', { artifact, ...proof }),
  );
  const pool = new ModelPool({
    placeCount: env.WORKERS,
    limits: {
      lineCount: env.QUEUE_COUNT,
      lineBytes: env.QUEUE_MIB * MIB,
      lineMs: env.QUEUE_MS,
      deadlineMs: env.DEADLINE_MS,
      startMs: START_MS,
      memoryBytes,
      joined: { rowCount: env.JOINED_ROWS, sizeBytes: JOINED_BYTES },
    },
    start: (events) => startModelChild({ file: childFiles.run, memoryBytes }, events),
    proofs,
    nowMs: () => performance.now(),
  });
  const server = createHttpServer({
    isReady: () => pool.isReady,
    invoke: answerInvocation({ files, pool }),
    bodyLimitBytes: BODY_LIMIT_BYTES,
    openLimit: env.QUEUE_COUNT + env.WORKERS * 2,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(env.PORT, env.HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stats: () => pool.stats,
    proofs,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all([pool.close(), proofs.close()]);
      // The last answers are on their way; callers that keep their connections would hold us.
      const poll = setInterval(() => server.closeIdleConnections(), 20);
      await closed;
      clearInterval(poll);
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

const noFile = ({ sha256 }: ModelFile) => Promise.reject(new Error(`no model of the SHA-256 ${sha256}`));

const checkFile = async (path: string, sha256: string): Promise<ModelFile> => {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  const got = hash.digest('hex');
  if (got !== sha256) throw new Error(`${path} must have the SHA-256 ${sha256}, got ${got}`);
  return { path, sha256, sizeBytes };
};
