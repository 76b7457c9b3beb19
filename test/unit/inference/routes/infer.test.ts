// The order of a paid call's steps, and what is charged when one of them fails: nothing.
import { describe, expect, it } from 'vitest';
import type { Billing, ChargeRecord, ChargeRequest } from '../../../../lambdas/billing/contract.ts';
import { MAX_RETRY_MS } from '../../../../lambdas/billing/domain/retry-charge.ts';
import type { ModelRunner, RunJob, RunOutcome } from '../../../../lambdas/inference/ports.ts';
import { infer, LAST_COMMIT_MS } from '../../../../lambdas/inference/routes/infer.ts';
import type { PublishedModels, PublishedVersion } from '../../../../lambdas/registry/contract.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import type { Caller } from '../../../../lambdas/shared/platform/caller.ts';

const ARRIVED_MS = Date.UTC(2026, 10, 23, 20, 46);

const published = (version = '1.0.0'): PublishedVersion => ({
  model: 'acme.double',
  version,
  ownerAccountId: 'acc_owner',
  visibility: 'public',
  summary: 'Doubles',
  task: 'other',
  price: { perCallMicros: '200', perRowMicros: '10', version: 3 },
  signature: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1], dims: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1], dims: ['n'] }],
  },
  artifact: { key: `sha256/${'a'.repeat(64)}`, sha256: 'a'.repeat(64), sizeBytes: 100 },
  lane: 'run-2gib',
});

const caller: Caller = {
  accountId: 'acc_consumer',
  handle: undefined,
  userId: 'usr_1',
  role: 'owner',
  operator: false,
  via: 'key',
  keyId: 'key_1',
  scopes: ['infer'],
  models: undefined,
};

/** Every step that was taken, in order. */
const createWorld = (
  change: {
    readonly outcome?: RunOutcome;
    readonly replay?: ChargeRecord;
    readonly prepareFault?: DomainError;
    readonly chargeFault?: DomainError;
    readonly recorded?: ChargeRecord;
    readonly latest?: string;
    readonly runTakesMs?: number;
  } = {},
) => {
  const steps: string[] = [];
  const jobs: RunJob[] = [];
  const charges: ChargeRequest[] = [];
  let nowMs = ARRIVED_MS;
  const models: Pick<PublishedModels, 'resolve'> = {
    resolve: async ({ model, reference }) => {
      steps.push(`resolve ${model} ${reference ?? 'latest'}`);
      if (model !== 'acme.double') throw new DomainError('not_found', 'model_not_found', 'no model');
      return published(reference ?? change.latest);
    },
  };
  const billing: Billing = {
    findReplay: async () => {
      steps.push('findReplay');
      return change.replay;
    },
    quote: () => 230n,
    prepare: async ({ amountMicros }) => {
      steps.push(`prepare ${amountMicros}`);
      if (change.prepareFault) throw change.prepareFault;
    },
    charge: async (request) => {
      steps.push('charge');
      charges.push(request);
      if (change.chargeFault) throw change.chargeFault;
      const { inferenceId, model, version } = request;
      return change.recorded ?? { inferenceId, model, version, amountMicros: 230n, replayed: false };
    },
  };
  const runner: ModelRunner = {
    run: async (job, signal) => {
      steps.push('run');
      jobs.push(job);
      signal.addEventListener('abort', () => steps.push('run given up'));
      await Promise.resolve();
      nowMs += change.runTakesMs ?? 5;
      const [x] = job.inputs;
      if (!x) throw new Error('the job must have an input');
      const floats = new Float32Array(Uint8Array.from(x.data).buffer).map((value) => value * 2);
      return (
        change.outcome ?? {
          ok: true,
          outputs: [{ name: 'y', datatype: 'FP32', shape: x.shape, data: new Uint8Array(floats.buffer) }],
          loadMs: 1,
          runMs: 2,
        }
      );
    },
  };
  const call = infer({
    models: { ...models, versions: async () => [], list: async () => ({ models: [], next: null }) },
    billing,
    runner,
    requireModel: ({ models: bound }, model) => {
      if (bound && !bound.includes(model)) throw new DomainError('forbidden', 'permission_denied', 'bound');
    },
    clock: () => nowMs,
    newInferenceId: () => 'inf_new',
  });
  return { call, steps, jobs, charges };
};

const body = { id: 'mine', inputs: [{ name: 'x', datatype: 'FP32', shape: [3], data: [1, 2, 3] }] };

const request = (change: object = {}): Parameters<ReturnType<typeof infer>>[0] => ({
  params: { model: 'acme.double' },
  query: {},
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
  caller,
  requestId: 'req_1',
  nowMs: ARRIVED_MS,
  arrivedMs: ARRIVED_MS,
  rawHeaders: {},
  idempotency: undefined,
  figures: {},
  ...change,
});

const claim = { key: 'k', requestSha256: 'f'.repeat(64) };
const refusal = async (call: Promise<unknown>): Promise<DomainError> => {
  try {
    await call;
  } catch (fault) {
    if (fault instanceof DomainError) return fault;
    throw fault;
  }
  throw new Error('it was accepted');
};

describe('a paid call', () => {
  it('resolves, prepares beside the run, encodes, charges and then answers', async () => {
    const world = createWorld();
    const answer = await world.call(request());
    expect(world.steps).toEqual(['resolve acme.double latest', 'run', 'prepare 230', 'charge']);
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'inf_new',
        'x-aimass-price-micros': '230',
        'x-aimass-version': '1.0.0',
      },
    });
    expect(answer.headers).not.toHaveProperty('x-aimass-replayed');
    expect(JSON.parse(String(answer.body))).toEqual({
      model_name: 'acme.double',
      model_version: '1.0.0',
      id: 'mine',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [3], data: [2, 4, 6] }],
    });
  });

  it('is charged for its rows under the version and price that ran, to the key that called', async () => {
    const world = createWorld();
    await world.call(request({ params: { model: 'acme.double', version: '^1' } }));
    expect(world.charges[0]).toMatchObject({
      inferenceId: 'inf_new',
      accountId: 'acc_consumer',
      keyId: 'key_1',
      model: 'acme.double',
      ownerAccountId: 'acc_owner',
      price: { version: 3 },
      rowCount: 3,
      lane: 'run-2gib',
      idempotency: undefined,
    });
  });

  it('leaves figures for the log, and none of its content', async () => {
    const figures = {};
    await createWorld().call(request({ figures }));
    expect(figures).toEqual({
      model: 'acme.double',
      version: '1.0.0',
      lane: 'run-2gib',
      rows: 3,
      loadMs: 1,
      runMs: 2,
      chargeMs: 0,
    });
  });

  it('answers a body that came as gzip', async () => {
    const { gzipSync } = await import('node:zlib');
    const packed = gzipSync(JSON.stringify(body));
    const answer = await createWorld().call(request({ body: packed, headers: { 'content-encoding': 'gzip' } }));
    expect(answer.status).toBe(200);
  });

  it('refuses a small body that unpacks to a huge one', async () => {
    const { gzipSync } = await import('node:zlib');
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const world = createWorld();
    const fault = await refusal(world.call(request({ body: bomb, headers: { 'content-encoding': 'gzip' } })));
    expect(fault.code).toBe('body_too_large');
    expect(world.steps).not.toContain('run');
  });
});

describe('nothing is charged', () => {
  it.each([
    {
      why: 'the model fails',
      outcome: { ok: false, fault: 'model_failed', message: 'division by zero' } as const,
      code: 'model_failed',
    },
    {
      why: 'the model takes too long',
      outcome: { ok: false, fault: 'model_timeout', message: 'too long' } as const,
      code: 'model_timeout',
    },
    {
      why: 'the outputs do not fit into an answer',
      outcome: { ok: false, fault: 'output_too_large', bytes: 9_000_000 } as const,
      code: 'output_too_large',
    },
    {
      why: 'the inputs do not fit into an invocation',
      outcome: { ok: false, fault: 'input_too_large', bytes: 9_000_000 } as const,
      code: 'body_too_large',
    },
  ])('when $why', async ({ outcome, code }) => {
    const world = createWorld({ outcome });
    expect((await refusal(world.call(request()))).code).toBe(code);
    expect(world.steps).not.toContain('charge');
  });

  it('when the answer encodes to more than may leave', async () => {
    const huge = new Float32Array(1_500_000).fill(0.1);
    const world = createWorld({
      outcome: {
        ok: true,
        outputs: [{ name: 'y', datatype: 'FP32', shape: [1_500_000], data: new Uint8Array(huge.buffer) }],
        loadMs: 0,
        runMs: 0,
      },
    });
    expect((await refusal(world.call(request()))).code).toBe('output_too_large');
    expect(world.steps).not.toContain('charge');
  });

  it('when the answer is ready too late for the gateway', async () => {
    const world = createWorld({ runTakesMs: LAST_COMMIT_MS + 1 });
    expect((await refusal(world.call(request()))).code).toBe('model_timeout');
    expect(world.steps).not.toContain('charge');
  });

  it('when it was ready in time by the function, yet not by the gateway, where the request arrived earlier', async () => {
    const world = createWorld({ runTakesMs: LAST_COMMIT_MS - 1_000 });
    const late = request({ arrivedMs: ARRIVED_MS - 1_001 });
    expect((await refusal(world.call(late))).code).toBe('model_timeout');
    expect(world.steps).not.toContain('charge');
  });

  it('later than a charge can take before the function ends at 29 s', () => {
    const lastTryMs = 1_000;
    expect(LAST_COMMIT_MS + MAX_RETRY_MS + lastTryMs).toBeLessThan(29_000);
  });

  it('when the funds are seen not to suffice: the run is given up', async () => {
    const prepareFault = new DomainError('payment_required', 'insufficient_funds', 'empty');
    const world = createWorld({ prepareFault });
    expect((await refusal(world.call(request()))).code).toBe('insufficient_funds');
    expect(world.steps).toEqual(['resolve acme.double latest', 'run', 'prepare 230', 'run given up']);
  });

  it('and no answer leaves when the charge is refused', async () => {
    const chargeFault = new DomainError('payment_required', 'insufficient_funds', 'empty');
    expect((await refusal(createWorld({ chargeFault }).call(request()))).code).toBe('insufficient_funds');
  });

  it('and nothing runs when the tensors do not fit', async () => {
    const world = createWorld();
    const wrong = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2], data: [1] }] };
    const fault = await refusal(world.call(request({ body: Buffer.from(JSON.stringify(wrong)) })));
    expect(fault.code).toBe('malformed_tensor');
    expect(world.steps).toEqual(['resolve acme.double latest']);
  });
});

describe('a repeated call', () => {
  const replay = {
    inferenceId: 'inf_first',
    model: 'acme.double',
    version: '0.9.0',
    amountMicros: 77n,
    replayed: true,
  };

  it('runs the same version again, free, and answers with the first call’s id and price', async () => {
    const world = createWorld({ replay });
    const answer = await world.call(request({ idempotency: claim }));
    expect(world.steps).toEqual(['findReplay', 'resolve acme.double 0.9.0', 'run']);
    expect(answer.headers).toMatchObject({
      'x-request-id': 'inf_first',
      'x-aimass-price-micros': '77',
      'x-aimass-version': '0.9.0',
      'x-aimass-replayed': 'true',
    });
  });

  it('is charged as new when its key is new', async () => {
    const world = createWorld();
    await world.call(request({ idempotency: claim }));
    expect(world.charges[0]?.idempotency).toEqual(claim);
  });

  it('that lost the race to a twin on another version answers with the twin’s version', async () => {
    const world = createWorld({ recorded: replay, latest: '1.0.0' });
    const answer = await world.call(request({ idempotency: claim }));
    expect(world.steps).toEqual([
      'findReplay',
      'resolve acme.double latest',
      'run',
      'prepare 230',
      'charge',
      'resolve acme.double 0.9.0',
      'run',
    ]);
    expect(answer.headers).toMatchObject({ 'x-aimass-version': '0.9.0', 'x-aimass-replayed': 'true' });
  });
});

describe('a model that the caller cannot have', () => {
  it.each(['acme.other', 'simple', '__proto__', 'ACME.double'])(
    'is unknown in the protocol’s words: %s',
    async (model) => {
      const fault = await refusal(createWorld().call(request({ params: { model } })));
      expect(fault.code).toBe('model_not_found');
      expect(fault.message).toBe(`Request for unknown model: '${model}' is not found`);
    },
  );

  it('is refused to a key that is bound to others, before anything is looked up', async () => {
    const world = createWorld();
    const bound = { ...caller, models: ['acme.other'] };
    expect((await refusal(world.call(request({ caller: bound })))).code).toBe('permission_denied');
    expect(world.steps).toEqual([]);
  });
});
