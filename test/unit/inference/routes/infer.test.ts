// The order of a paid call's steps, and what is charged when one of them fails: nothing.
import { describe, expect, it } from 'vitest';
import type {
  Billing,
  ChargeRecord,
  ChargeRequest,
  Quota,
  TimedOutCall,
} from '../../../../lambdas/billing/contract.ts';
import { MAX_RETRY_MS } from '../../../../lambdas/billing/domain/retry-charge.ts';
import type { ModelRunner, RunJob, RunOutcome } from '../../../../lambdas/inference/ports.ts';
import { infer, LAST_COMMIT_MS, LAST_RUN_MS } from '../../../../lambdas/inference/routes/infer.ts';
import type { PublishedModels, PublishedVersion } from '../../../../lambdas/registry/contract.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import type { Caller } from '../../../../lambdas/shared/platform/caller.ts';

const ARRIVED_MS = Date.UTC(2026, 10, 23, 20, 46);

const published = (version = '1.0.0', quota?: Quota): PublishedVersion => ({
  model: 'acme.double',
  version,
  ownerAccountId: 'acc_owner',
  visibility: 'public',
  summary: 'Doubles',
  task: 'other',
  price: quota
    ? { perCallMicros: '0', perRowMicros: '0', version: 3 }
    : { perCallMicros: '200', perRowMicros: '10', version: 3 },
  ...(quota
    ? { entitlement: { kind: 'subscribed', subscriptionId: 'sub_1', offerId: 'off_1', offerVersion: 1, quota } }
    : {}),
  signature: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1], dims: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1], dims: ['n'] }],
  },
  artifact: { key: `sha256/${'a'.repeat(64)}`, sha256: 'a'.repeat(64), sizeBytes: 100 },
  lane: 'run-2gib',
  products: [],
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
    readonly quota?: Quota;
    readonly runTakesMs?: number;
    /** Micros of compute, where a run takes too long. */
    readonly timeoutFee?: bigint;
    readonly timeoutFault?: DomainError;
  } = {},
  otherRunner?: ModelRunner,
) => {
  const steps: string[] = [];
  const jobs: RunJob[] = [];
  const charges: ChargeRequest[] = [];
  const timeouts: TimedOutCall[] = [];
  let nowMs = ARRIVED_MS;
  const models: Pick<PublishedModels, 'resolve'> = {
    resolve: async ({ model, reference }) => {
      steps.push(`resolve ${model} ${reference ?? 'latest'}`);
      if (model !== 'acme.double') throw new DomainError('not_found', 'model_not_found', 'no model');
      return published(reference ?? change.latest, change.quota);
    },
  };
  const billing: Billing = {
    findReplay: async () => {
      steps.push('findReplay');
      return change.replay;
    },
    quote: ({ price }) => (price.perCallMicros === '0' ? 0n : 230n),
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
    chargeTimeout: async (call) => {
      timeouts.push(call);
      if (change.timeoutFault) throw change.timeoutFault;
      const { inferenceId, model, version } = call;
      const amountMicros = change.timeoutFee;
      return amountMicros === undefined ? undefined : { inferenceId, model, version, amountMicros, replayed: false };
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
    runner: otherRunner ?? runner,
    requireModel: ({ models: bound }, model) => {
      if (bound && !bound.includes(model)) throw new DomainError('forbidden', 'permission_denied', 'bound');
    },
    clock: () => nowMs,
    ownMemoryMiB: 1024,
    newInferenceId: () => 'inf_new',
  });
  return { call, steps, jobs, charges, timeouts };
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
    expect(world.steps).toEqual(['resolve acme.double latest', 'prepare 230', 'run', 'charge']);
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
      parseMs: 0,
      queueMs: 3,
      loadMs: 1,
      runMs: 2,
      encodeMs: 0,
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

describe('a run that takes too long', () => {
  const outcome = { ok: false, fault: 'model_timeout', message: 'too long' } as const;

  it('costs its compute fee, committed before the answer says so', async () => {
    const world = createWorld({ outcome, timeoutFee: 520n, runTakesMs: 4_000.5 });
    const fault = await refusal(world.call(request({ idempotency: { key: 'k', requestSha256: 'a' } })));
    expect(fault).toMatchObject({
      kind: 'invalid',
      code: 'model_timeout',
      message: 'too long; its compute fee of 520 micros was charged',
      extras: {
        headers: { 'x-request-id': 'inf_new', 'x-aimass-price-micros': '520', 'x-aimass-version': '1.0.0' },
      },
    });
    expect(world.timeouts).toMatchObject([
      { inferenceId: 'inf_new', lane: 'run-2gib', compute: { memoryMiB: 2048, ms: 4_001 } },
    ]);
    expect(world.timeouts[0]).not.toHaveProperty('idempotency');
    expect(world.charges).toEqual([]);
  });

  it('costs no more than the longest run that the wallet was asked for', async () => {
    const world = createWorld({ outcome, timeoutFee: 520n, runTakesMs: LAST_RUN_MS + 300 });
    await refusal(world.call(request()));
    expect(world.timeouts).toMatchObject([{ compute: { ms: LAST_RUN_MS } }]);
  });

  it('says that nothing was charged where there is no fee', async () => {
    const fault = await refusal(createWorld({ outcome }).call(request()));
    expect([fault.message, fault.extras.headers]).toEqual(['too long; nothing was charged', undefined]);
  });

  it('is given up in time for its charge, and told when that fails', async () => {
    const given: ModelRunner = {
      run: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const late = request({ arrivedMs: ARRIVED_MS - LAST_RUN_MS + 20 });
    const charged = createWorld({ timeoutFee: 7n }, given);
    expect((await refusal(charged.call(late))).message).toContain('compute fee of 7 micros was charged');
    const timeoutFault = new DomainError('payment_required', 'insufficient_funds', 'empty');
    expect((await refusal(createWorld({ timeoutFault }, given).call(late))).code).toBe('insufficient_funds');
  });

  it('is not charged once it is too late for a charge to begin', async () => {
    const world = createWorld({ outcome, timeoutFee: 520n, runTakesMs: LAST_COMMIT_MS + 1 });
    expect((await refusal(world.call(request()))).message).toContain('nothing was charged');
    expect(world.timeouts).toEqual([]);
  });

  it('is free when it repeats a call that was paid', async () => {
    const replay = {
      inferenceId: 'inf_old',
      model: 'acme.double',
      version: '1.0.0',
      amountMicros: 230n,
      replayed: true,
    };
    const world = createWorld({ outcome, timeoutFee: 520n, replay });
    const keyed = request({ idempotency: { key: 'k', requestSha256: 'a' } });
    expect((await refusal(world.call(keyed))).code).toBe('model_timeout');
    expect(world.timeouts).toEqual([]);
  });
});

it.each([
  { lane: undefined, ran: 'run-2gib', memoryMiB: 2048 },
  { lane: 'typescript', ran: 'typescript', memoryMiB: 1024 },
] as const)('a call that ran on $ran is charged with $memoryMiB MiB for its run', async ({ lane, ran, memoryMiB }) => {
  const outputs = [{ name: 'y', datatype: 'FP32' as const, shape: [1], data: new Uint8Array(4) }];
  const world = createWorld({ outcome: { ok: true, outputs, loadMs: 900, runMs: 1.2, ...(lane ? { lane } : {}) } });
  await world.call(request());
  expect(world.charges).toMatchObject([{ lane: ran, compute: { memoryMiB, ms: 2 } }]);
});

it('a run is charged for no longer than was waited for it, whatever its process tells', async () => {
  const outputs = [{ name: 'y', datatype: 'FP32' as const, shape: [1], data: new Uint8Array(4) }];
  const world = createWorld({ outcome: { ok: true, outputs, loadMs: 0, runMs: 4e9 }, runTakesMs: 5 });
  await world.call(request());
  expect(world.charges).toMatchObject([{ compute: { ms: 5 } }]);
});

describe('a call with a maximum', () => {
  const atMost = (micros: string) => request({ headers: { 'x-aimass-max-price-micros': micros } });

  it('is made at that price, and above it neither run nor charged', async () => {
    const world = createWorld();
    const fault = await refusal(world.call(atMost('229')));
    expect([fault.code, fault.message]).toEqual(['price_above_limit', expect.stringContaining('costs 230 micros')]);
    expect(world.steps).toEqual(['resolve acme.double latest']);
    expect((await world.call(atMost('230'))).headers).toMatchObject({ 'x-aimass-price-micros': '230' });
  });

  it('is made within a quota alone, where a call beyond it would cost more', async () => {
    const price = { perCallMicros: '200', perRowMicros: '10', version: 3 };
    const quota = {
      subscriptionId: 'sub_1',
      periodStartMs: ARRIVED_MS,
      periodEndMs: ARRIVED_MS + 1,
      includedCalls: 2,
      beyond: price,
    };
    const world = createWorld({ quota });
    await world.call(atMost('229'));
    await world.call(atMost('230'));
    await world.call(request());
    expect(world.charges.map((charge) => charge.quota?.beyond)).toEqual([undefined, price, price]);
  });

  it('repeats what was paid, whatever its maximum', async () => {
    const replay = { inferenceId: 'inf_1', model: 'acme.double', version: '1.0.0', amountMicros: 230n, replayed: true };
    const headers = { 'x-aimass-max-price-micros': '0' };
    const answer = await createWorld({ replay }).call(request({ idempotency: claim, headers }));
    expect(answer.headers).toMatchObject({ 'x-aimass-replayed': 'true' });
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

  it('one millisecond too late, and all of it when the answer is ready just in time', async () => {
    const inTime = createWorld({ runTakesMs: LAST_COMMIT_MS });
    expect((await inTime.call(request())).status).toBe(200);
    expect(inTime.charges).toHaveLength(1);
  });

  it('when the runner never answers: it is given up at the last moment at which a charge may begin', async () => {
    const steps: string[] = [];
    const runner: ModelRunner = {
      run: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            steps.push('run given up');
            reject(signal.reason);
          });
        }),
    };
    const world = createWorld({}, runner);
    // 20 ms before that moment, by the gateway's clock.
    const late = request({ arrivedMs: ARRIVED_MS - LAST_COMMIT_MS + 20 });
    expect(await refusal(world.call(late))).toMatchObject({ kind: 'invalid', code: 'model_timeout' });
    expect([steps, world.charges]).toEqual([['run given up'], []]);
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
    expect(world.steps).toEqual(['resolve acme.double latest', 'prepare 230', 'run', 'run given up']);
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
      'prepare 230',
      'run',
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
