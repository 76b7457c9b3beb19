// The paid call as it is deployed: the use case over the real registry and billing, a real model run by the real run
// function's work, tables and artifact in the emulator.
import { createHash, randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamoLedger } from '../../../lambdas/billing/adapters/dynamo-ledger.ts';
import { dynamoWallets } from '../../../lambdas/billing/adapters/dynamo-wallets.ts';
import { signedTransport } from '../../../lambdas/billing/adapters/signed-transport.ts';
import { onnxruntime } from '../../../lambdas/inference/adapters/onnxruntime.ts';
import { s3Artifacts } from '../../../lambdas/inference/adapters/s3-artifacts.ts';
import type { LoadedModel } from '../../../lambdas/inference/domain/loaded-model.ts';
import { decodeRunAnswer, decodeRunRequest, encodeRunRequest } from '../../../lambdas/inference/domain/run-message.ts';
import { createSessionCache } from '../../../lambdas/inference/domain/session-cache.ts';
import type { ModelRunner } from '../../../lambdas/inference/ports.ts';
import { infer } from '../../../lambdas/inference/routes/infer.ts';
import { runModel } from '../../../lambdas/inference/routes/run-model.ts';
import { publishedKey, toModelItem, toVersionItem } from '../../../lambdas/registry/adapters/items.ts';
import { createPublishedModels } from '../../../lambdas/registry/gateway.ts';
import type { Caller } from '../../../lambdas/shared/platform/caller.ts';
import { newId } from '../../../lambdas/shared/platform/new-id.ts';
import { type ReadObject, signedObjects } from '../../../lambdas/shared/platform/signed/objects.ts';
import { streamReader } from '../../support/dynamo-stream.ts';
import { createContextTable, type Emulator } from '../../support/emulator.ts';
import { signatureOf, type TinyGraph, tinyModel } from '../../support/tiny-onnx.ts';
import { inferenceIdAt } from '../../unit/billing/charge-request.ts';
import type { Algorithm } from '../algorithm.ts';
import { type CrashGate, createCrashGate, gateClient, gatePort, gateTransport } from '../crash-gate.ts';
import { ourBilling } from '../our-charge.ts';
import { readTruth, type Truth } from '../truth.ts';
import { clientAt, grantOf } from '../world.ts';

const ARTIFACTS = 'aimass-crash-artifacts';

let placeCount = 0;

/** Twice what it gets. */
const doubler: TinyGraph = {
  inputs: [{ name: 'x', datatype: 'FP32', dims: ['n'] }],
  outputs: [{ name: 'y', datatype: 'FP32', dims: ['n'] }],
  nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
};
const INPUTS = [1.5, -2, 0.25];
export const OUTPUTS = [3, -4, 0.5];

export const models = {
  paid: { name: 'acme.double', price: { perCallMicros: '200', perRowMicros: '10', version: 1 }, amountMicros: 230n },
  free: { name: 'acme.gratis', price: { perCallMicros: '0', perRowMicros: '0', version: 1 }, amountMicros: 0n },
} as const;
export type ModelName = keyof typeof models;

export type Answer = Awaited<ReturnType<ReturnType<typeof infer>>>;

/** An environment of `infer`. */
export interface Environment {
  readonly answer: (call: {
    readonly accountId: string;
    readonly model: ModelName;
    readonly key: string | undefined;
  }) => Promise<Answer>;
  readonly close: () => void;
}

export interface EnvironmentOptions {
  /** The one that may die, and where its DynamoDB is: a proxy before the emulator. Absent: one that lives. */
  readonly dying?: { readonly endpoint: string; readonly gate: CrashGate };
  readonly clock?: () => number;
  /** Whether the model takes too long. */
  readonly timesOut?: boolean;
  /** Done before the model runs, e.g. by somebody else. */
  readonly meanwhile?: () => Promise<void>;
}

export interface InferPlace {
  readonly emulator: Emulator;
  environment(options: EnvironmentOptions): Environment;
  newAccount(micros: bigint): Promise<string>;
  fence(accountId: string, minute: string): Promise<void>;
  truth(): Promise<Truth>;
  stop(): void;
}

const callerOf = (accountId: string): Caller => ({
  accountId,
  handle: undefined,
  userId: 'usr_01JDA8Z5V4W1T4E5R6T7Y8V9P2',
  role: 'owner',
  operator: false,
  via: 'key',
  keyId: 'key_01JDA8Z5V4W1T4E5R6T7Y8V9P0',
  scopes: ['infer'],
  models: undefined,
});

const body = () =>
  new TextEncoder().encode(
    JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [INPUTS.length], data: INPUTS }] }),
  );

/**
 * @param options.billing - how it is charged. @default the product's own way
 * @param options.perGbSecondMicros - the compute fee. @default none
 */
export const startInferPlace = async (
  emulator: Emulator,
  {
    billing: createBilling = ourBilling,
    perGbSecondMicros,
  }: { readonly billing?: Algorithm['billing']; readonly perGbSecondMicros?: string } = {},
): Promise<InferPlace> => {
  const place = placeCount++;
  const [BILLING, REGISTRY] = [`aimass-crash-billing-${place}`, `aimass-crash-registry-${place}`] as const;
  for (const table of [BILLING, REGISTRY]) await createContextTable(emulator.endpoint, table);
  const client = clientAt(emulator.endpoint);
  const s3 = new S3Client({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
  });
  await publishModels(client, { s3, table: REGISTRY });
  const runner = createRunner(signedObjects({ env: { ...emulator.env, AWS_ENDPOINT_URL: emulator.endpoint } }));
  const ledger = dynamoLedger(client, BILLING);
  const transportAt = (endpoint: string) =>
    signedTransport({ env: { ...emulator.env, AWS_ENDPOINT_URL: endpoint }, timeoutMs: 20_000 });
  const calmTransport = transportAt(emulator.endpoint);
  if (perGbSecondMicros !== undefined) {
    const book = { pk: 'pricebook', sk: 'current', version: 1, publisherShareBps: 8_000, perGbSecondMicros };
    await client.put({ TableName: BILLING, Item: book });
  }
  const environment = ({ dying, clock = Date.now, meanwhile, timesOut }: EnvironmentOptions): Environment => {
    const gate = dying?.gate ?? createCrashGate();
    const own = dying ? gateClient(clientAt(dying.endpoint), gate) : client;
    const transport = dying ? transportAt(dying.endpoint) : calmTransport;
    const billing = createBilling({ table: BILLING, client: own, transport: gateTransport(transport, gate), clock });
    const beside: ModelRunner = {
      run: async (job, signal) => {
        await meanwhile?.();
        const outcome = await runner.run(job, signal);
        return timesOut ? { ok: false, fault: 'model_timeout', message: 'it took too long' } : outcome;
      },
    };
    const useCase = infer({
      models: gatePort('models', createPublishedModels({ table: REGISTRY, client: own, clock }), gate),
      billing: gatePort('billing', billing, gate),
      runner: gatePort('runner', beside, gate),
      requireModel: () => {},
      clock,
      ownMemoryMiB: 1024,
      newInferenceId: inferenceIdAt,
    });
    return {
      answer: ({ accountId, model, key }) => {
        const nowMs = clock();
        return gate.pass('infer', () =>
          useCase({
            params: { model: models[model].name },
            query: {},
            headers: {},
            body: body(),
            caller: callerOf(accountId),
            requestId: newId('req', nowMs),
            nowMs,
            arrivedMs: nowMs,
            rawHeaders: {},
            idempotency: key === undefined ? undefined : { key, requestSha256: 'd'.repeat(64) },
          }),
        );
      },
      close: () => dying && own.destroy(),
    };
  };
  return {
    emulator,
    environment,
    newAccount: async (micros) => {
      const accountId = newId('acc', Date.now());
      if (micros > 0n) await ledger.grant(grantOf(accountId, micros, 'opening', Date.now()), undefined);
      return accountId;
    },
    fence: (accountId, minute) => dynamoWallets(client, BILLING).fence(accountId, minute),
    truth: () => readTruth({ client, table: BILLING, stream: streamReader(emulator, BILLING) }),
    stop: () => {
      client.destroy();
      s3.destroy();
    },
  };
};

/** What the run function does with a message, as Lambda carries it. */
const createRunner = (readObject: ReadObject): ModelRunner => {
  const run = runModel({
    artifacts: s3Artifacts(readObject, ARTIFACTS),
    runtime: onnxruntime({ threadCount: 1 }),
    sessions: createSessionCache<LoadedModel>({ budgetBytes: 1e9, release: (session) => session.release() }),
    nowMs: () => performance.now(),
    onFault: (fault) => {
      throw fault;
    },
  });
  return {
    run: async (job) => {
      const message = decodeRunRequest(JSON.parse(JSON.stringify(encodeRunRequest(job))));
      return decodeRunAnswer(JSON.parse(JSON.stringify(await run(message))));
    },
  };
};

const publishModels = async (
  client: ReturnType<typeof clientAt>,
  { s3, table }: { s3: S3Client; table: string },
): Promise<void> => {
  const file = tinyModel(doubler);
  const sha256 = createHash('sha256').update(file).digest('hex');
  const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: file.length };
  await s3.send(new CreateBucketCommand({ Bucket: ARTIFACTS }));
  await s3.send(new PutObjectCommand({ Bucket: ARTIFACTS, Key: artifact.key, Body: file }));
  const times = { createdAtMs: Date.now(), updatedAtMs: Date.now(), revision: 1 };
  const ownerAccountId = newId('acc', Date.now());
  const version = '1.0.0';
  for (const { name, price } of Object.values(models)) {
    const about = { summary: 'Doubles', task: 'other', license: 'Apache-2.0', tags: [], description: undefined };
    const model = { name, ownerAccountId, visibility: 'public' as const, price, latestVersion: version };
    const validated = {
      signature: signatureOf(doubler),
      artifact,
      envelope: { peakBytes: 1, loadMs: 1, runMs: 1 },
      lane: 'run-2gib' as const,
      products: [],
    };
    const stored = {
      ...{ model: name, version, ownerAccountId, state: 'published' as const, validated, batchInput: undefined },
      ...{
        files: [{ path: 'model.onnx', sizeBytes: file.length, sha256 }],
        uploads: [{ kind: 'form' as const, key: 'k' }],
      },
      ...{ pinnedVersionIds: [randomUUID()], rejection: undefined, publishedAtMs: Date.now() },
    };
    const items = [
      toModelItem({ ...model, ...about, ...times, publishedCount: 1 }),
      toVersionItem({ ...stored, ...times }),
      { ...publishedKey(name, version), schema: 1, version },
    ];
    for (const Item of items) await client.put({ TableName: table, Item });
  }
};
