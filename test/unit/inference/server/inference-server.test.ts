// The long-lived server with real child processes: hostile models end their child and nothing else.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mlp } from '../../../../benchmarks/models.ts';
import { decodeRunAnswer } from '../../../../lambdas/inference/domain/run-message.ts';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import { type RunningServer, send, servedModelOf, startServer } from '../../../support/inference-server.ts';
import { modelOf } from '../../../support/model-of.ts';
import { endlessLoop, hugeOutput, identityOf, tinyModel } from '../../../support/tiny-onnx.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const floats = (shape: readonly number[], values: readonly number[]): Tensor => ({
  name: 'x',
  datatype: 'FP32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});
const wholes = (name: string, ...values: readonly (number | bigint)[]): Tensor => ({
  name,
  datatype: 'INT64',
  shape: [values.length],
  data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

/** The first output's bytes, in memory of their own; none where the run did not end well. */
const outputOf = (body: Record<string, unknown>): ArrayBuffer => {
  const outcome = decodeRunAnswer(body);
  const [output] = outcome.ok ? outcome.outputs : [];
  return Uint8Array.from(output?.data ?? []).buffer;
};
const readFloats = (body: Record<string, unknown>) => [...new Float32Array(outputOf(body))];
const readWholes = (body: Record<string, unknown>) => [...new BigInt64Array(outputOf(body))].map(Number);

const identity = tinyModel(identityOf('FP32'));
const endless = tinyModel(endlessLoop);
const huge = tinyModel(hugeOutput(1_000_000_000));
/**
 * y = x / z, whole. Keeps rows apart. A zero in z is refused; the least number by −1 is none that the processor can hold,
 * and ends the process.
 */
const divider = modelOf({
  inputs: [
    { name: 'x', type: 'INT64', dims: ['n'] },
    { name: 'z', type: 'INT64', dims: ['n'] },
  ],
  outputs: [{ name: 'y', type: 'INT64', dims: ['n'] }],
  nodes: [{ op: 'Div', inputs: ['x', 'z'], outputs: ['y'] }],
});

const echo = (one: RunningServer, value: number) => one.call(servedModelOf(identity), [floats([1], [value])], ['y']);
const LEAST = -(2n ** 63n);
const divide = (one: RunningServer, x: number | bigint, z: number) =>
  one.call(servedModelOf(divider), [wholes('x', x), wholes('z', z)], ['y']);

describe('the inference server', () => {
  it('answers a run message as the run function does', async () => {
    server = await startServer([identity]);
    const { status, body } = await echo(server, 1.5);
    expect(status).toBe(200);
    expect(decodeRunAnswer(body)).toMatchObject({ ok: true, outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }] });
    expect(readFloats(body)).toEqual([1.5]);
  });

  it('tells a model that never ends, and answers others meanwhile', async () => {
    server = await startServer([identity, endless], { DEADLINE_MS: 1_500 });
    const stuck = server.call(servedModelOf(endless), [floats([1], [1])], ['y']);
    for (let value = 0; value < 20; value++) {
      expect(readFloats((await echo(server, value)).body)).toEqual([value]);
    }
    expect(server.stats().lostChildCount).toBe(0);
    const message = 'the model did not end within the 1500 ms that a run has';
    expect((await stuck).body).toEqual({ ok: false, fault: 'model_timeout', message });
    expect(server.stats().lostChildCount).toBe(1);
    expect(readFloats((await echo(server, 7)).body)).toEqual([7]);
  });

  it('tells a model that takes too much memory', async () => {
    server = await startServer([huge], { WORKER_MEMORY_MIB: 400 });
    const { body } = await server.call(servedModelOf(huge), [wholes('x', 0)], ['y']);
    expect(body).toMatchObject({ ok: false, fault: 'model_failed' });
  });

  it('replaces a child that crashed; what was behind it is answered, what crashed it is not tried again', async () => {
    server = await startServer([divider], { WORKERS: 1, JOINED_ROWS: 1 });
    // Known to be quick: the child is then given more than one.
    for (let x = 1; x < 5; x++) await divide(server, x, 1);
    const answers = await Promise.all([
      divide(server, LEAST, -1),
      ...[2, 4, 6, 8].map((x) => divide(server as RunningServer, x, 2)),
    ]);
    const [crashed, ...others] = answers.map(({ body }) => body);
    expect(crashed).toEqual({
      ok: false,
      fault: 'model_failed',
      message: 'the process that ran the model ended without an answer',
    });
    expect(others.map(readWholes)).toEqual([[1], [2], [3], [4]]);
    expect(server.stats().lostChildCount).toBe(1);
  });

  it('runs requests of one version together, and none fails for another’s rows', async () => {
    server = await startServer([divider], { WORKERS: 1 });
    const burst = (zs: readonly number[]) =>
      Promise.all(zs.map((z, index) => divide(server as RunningServer, 12 * (index + 1), z)));
    await burst([1, 1, 1, 1]);
    await server.proofs.settled();
    expect(server.proofs.proofOf(servedModelOf(divider).sha256)).toEqual({ proven: true, exact: true });
    const together = await burst([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(together.map(({ body }) => readWholes(body))).toEqual([[12], [12], [12], [12], [60], [36], [28], [24]]);
    expect(server.stats().joinedCount).toBeGreaterThan(0);

    const one = server;
    for (const [x, z, lost] of [
      [1, 0, 0],
      [LEAST, -1, 2],
    ] as const) {
      const answers = await Promise.all([
        divide(one, 2, 1),
        ...[4, 6, 8].map((even) => divide(one, even, 2)),
        divide(one, x, z),
        divide(one, 10, 2),
      ]);
      expect(answers.map(({ body }) => (body.ok ? readWholes(body) : body.fault))).toEqual([
        [2],
        [2],
        [3],
        [4],
        'model_failed',
        [5],
      ]);
      // Once together with the others, once alone.
      expect(one.stats().lostChildCount).toBeLessThanOrEqual(lost);
    }
  });

  it('never joins runs of a model that looks at its neighbours', async () => {
    const mixer = modelOf({
      inputs: [{ name: 'x', dims: ['n', 1] }],
      outputs: [{ name: 'y', dims: ['n', 1] }],
      nodes: [
        { op: 'ReduceMax', inputs: ['x', 'axes'], outputs: ['m'] },
        { op: 'Add', inputs: ['x', 'm'], outputs: ['y'] },
      ],
      constants: [{ name: 'axes', dims: [1], values: [0] }],
    });
    server = await startServer([mixer], { WORKERS: 1 });
    const ask = (value: number) => server?.call(servedModelOf(mixer), [floats([1, 1], [value])], ['y']);
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(ask));
      expect(answers.flatMap((answer) => readFloats(answer?.body ?? {}))).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
      await server.proofs.settled();
    }
    expect(server.proofs.proofOf(servedModelOf(mixer).sha256)).toMatchObject({ proven: false });
    expect(server.stats().joinedCount).toBe(0);
  });

  it('tells those beyond its bound to come again', async () => {
    server = await startServer([endless, identity], { WORKERS: 1, QUEUE_COUNT: 2, DEADLINE_MS: 1_500 });
    const stuck = server.call(servedModelOf(endless), [floats([1], [1])], ['y']);
    while (server.stats().openCount === 0 || server.stats().waitingCount > 0) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const answers = await Promise.all([1, 2, 3, 4].map((value) => echo(server as RunningServer, value)));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBe(2);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    expect(refused[0]?.body).toMatchObject({ code: 'unavailable' });
    await stuck;
  });

  it('answers what it has begun before it ends, and takes nothing more', async () => {
    server = await startServer([identity], { WORKERS: 1 });
    const one = server;
    const begun = [1, 2, 3].map((value) => echo(one, value));
    const taken = () => one.stats().openCount + one.stats().answeredCount;
    while (taken() < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    const { pid } = one.stats().places[0] ?? {};
    const closed = one.close();
    expect((await Promise.all(begun)).flatMap(({ body }) => readFloats(body))).toEqual([1, 2, 3]);
    await closed;
    server = undefined;
    expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
    await expect(echo(one, 4)).rejects.toThrow();
  });

  it('serves its own models only, or those of its store, fetched once and kept within the disk’s bound', async () => {
    server = await startServer([identity], { WORKERS: 1 });
    const others = Array.from({ length: 4 }, (_, index) => mlp(`m${index}`, [2, 300, 2], index).onnx);
    const [first = identity] = others;
    expect((await server.call(servedModelOf(first), [floats([1, 2], [1, 2])], ['y'])).status).toBe(404);
    await server.close();

    const bySha256 = new Map(others.map((model) => [servedModelOf(model).sha256, model]));
    const reads: string[] = [];
    const store = {
      read: async ({ sha256 }: { sha256: string }) => {
        reads.push(sha256);
        return bySha256.get(sha256) ?? Promise.reject(new Error('no such object'));
      },
    };
    server = await startServer([], { WORKERS: 1, DISK_MIB: 1 }, store);
    for (const model of [first, first, ...others]) {
      expect((await server.call(servedModelOf(model), [floats([1, 2], [1, 2])], ['y'])).body).toMatchObject({
        ok: true,
      });
    }
    expect(reads.length).toBe(4);
    const unknown = servedModelOf(Uint8Array.of(1));
    expect((await server.call(unknown, [floats([1], [1])], ['y'])).status).toBe(500);
  });

  it('gives nobody memory that another caller left, where an operator writes less than it gives out', async () => {
    // onnxruntime takes an empty tensor of another width for one that fits, and counts its rows.
    const concat = modelOf({
      inputs: [
        { name: 'x', dims: ['n', 4] },
        { name: 'e', dims: ['m', 'k'] },
      ],
      outputs: [{ name: 'y' }],
      nodes: [
        { op: 'Neg', inputs: ['e'], outputs: ['g'] },
        { op: 'Concat', inputs: ['x', 'g'], outputs: ['y'], attributes: { axis: 0 } },
      ],
    });
    server = await startServer([concat], { WORKERS: 1 });
    const x = floats([1, 4], [1, 1, 1, 1]);
    const theirs = { ...floats([49, 4], new Array<number>(196).fill(1234.5)), name: 'e' };
    const none = { ...floats([49, 0], []), name: 'e' };
    let unwritten = 0;
    let foreign = 0;
    for (let call = 0; call < 150; call++) {
      await server.call(servedModelOf(concat), [x, theirs], ['y']);
      const { body } = await server.call(servedModelOf(concat), [x, none], ['y']);
      const values = readFloats(body);
      unwritten += values.length - 4;
      foreign += values.filter((value) => value === -1234.5).length;
    }
    // That the runtime mends it is the only reason to take this out.
    expect(unwritten).toBe(150 * 196);
    expect(foreign).toBe(0);
  });

  it('gives its children nothing of its environment, and an empty directory', async () => {
    process.env.AWS_SECRET_ACCESS_KEY ??= 'not for children';
    server = await startServer([identity], { WORKERS: 1 });
    const { pid } = server.stats().places[0] ?? {};
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0]);
    expect(
      names.filter(
        (name) => name !== '' && !/^(GLIBC_TUNABLES|PWD|NODE_PATH|LD_LIBRARY_PATH|SHLVL|_|OLDPWD)$/.test(name ?? ''),
      ),
    ).toEqual([]);
    expect(readdirSync(`/proc/${pid}/cwd`)).toEqual([]);
  });
});

describe('a request that cannot be served', () => {
  let shared: RunningServer;
  beforeAll(async () => {
    shared = await startServer([identity], { WORKERS: 1 });
  });
  afterAll(() => shared.close());

  it.each([
    { what: 'another path', path: '/models', method: 'GET', status: 404 },
    { what: 'another method', path: '/invocations', method: 'PUT', status: 405 },
    { what: 'no JSON', path: '/invocations', method: 'POST', body: Buffer.from('{'), status: 400 },
    { what: 'no run message', path: '/invocations', method: 'POST', body: { inputs: [] }, status: 400 },
    { what: 'too much', path: '/invocations', method: 'POST', body: Buffer.alloc(26_500_000, 32), status: 413 },
  ])('refuses $what with $status', async ({ path, method, body, status }) => {
    const answer = await send(shared.port, path, { method, body });
    expect(answer.status).toBe(status);
    expect(answer.body.error).toEqual(expect.any(String));
  });

  it('refuses tensors that are not as long as they say: they would shift the next caller’s rows', async () => {
    const short = { ...floats([3], [1, 2]) };
    const { status, body } = await shared.call(servedModelOf(identity), [short], ['y']);
    expect(status).toBe(400);
    expect(body.code).toBe('malformed_tensor');
    const twice = await shared.call(servedModelOf(identity), [floats([1], [1]), floats([1], [2])], ['y']);
    expect(twice.status).toBe(400);
  });
});
