// The message to a run function and back: every member is checked, on both sides, and long tensors travel in pieces.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  decodeRunAnswer,
  decodeRunRequest,
  encodeOutputs,
  encodeRunRequest,
  MESSAGE_LIMIT_BYTES,
  messageBytes,
} from '../../../../lambdas/inference/domain/run-message.ts';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';

const sha256 = 'a1'.repeat(32);
const artifact = { key: `sha256/${sha256}`, sha256, sizeBytes: 10 };
const ort = { ...artifact, madeBy: 'onnxruntime-node 1.30.0' };
const bytesTensor = (data: Uint8Array): Tensor => ({ name: 'x', datatype: 'UINT8', shape: [data.length], data });
const job = { lane: 'run-2gib' as const, artifact, inputs: [bytesTensor(Uint8Array.of(1, 2))], outputs: ['y'] };

const carried = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const request = () =>
  carried(
    encodeRunRequest({
      ...job,
      products: [
        { kind: 'flat', ...ort, rowLimit: 3 },
        { kind: 'ort', ...ort },
      ],
    }),
  ) as Record<string, Record<string, unknown>>;

describe('a request', () => {
  it('is read as it was written', () => {
    const read = decodeRunRequest({ ...request(), traceparent: '00-1-2-01' });
    expect(read).toMatchObject({ artifact, ort, outputs: ['y'], traceparent: '00-1-2-01' });
    expect(read.inputs).toMatchObject([{ name: 'x', datatype: 'UINT8', shape: [2] }]);
    expect([...(read.inputs[0]?.data ?? [])]).toEqual([1, 2]);
  });

  it('names a product only where there is one', () => {
    expect(encodeRunRequest(job)).not.toHaveProperty('ort');
    expect(decodeRunRequest(carried(encodeRunRequest(job))).ort).toBeUndefined();
  });

  it('carries no more of a product than the run function reads', () => {
    expect(request().ort).toEqual([`${sha256} 10 sha256/${sha256}`, ort.madeBy]);
  });

  it.each([
    { name: '', shape: [] },
    { name: 'two words, and a third', shape: [0] },
    { name: 'UINT8 1 x', shape: [3, 0, 16_777_216] },
    { name: '__proto__ ü', shape: [1] },
    { name: 'n'.repeat(2_000), shape: [2] },
  ])('carries names and shapes as they are: $shape', ({ name, shape }) => {
    const input = { name, datatype: 'INT64' as const, shape, data: new Uint8Array(0) };
    // The second time it is known.
    for (const _ of [1, 2]) {
      expect(decodeRunRequest(carried(encodeRunRequest({ ...job, inputs: [input] }))).inputs).toMatchObject([
        { name, datatype: 'INT64', shape },
      ]);
    }
  });

  const file = encodeRunRequest(job).artifact;
  it.each([
    { wrong: null, names: "'the request' must be an object, got null" },
    { wrong: [], names: "'the request' must be an object, got an array" },
    { wrong: 'text', names: "'the request' must be an object, got text" },
    { wrong: { artifact: undefined }, names: "'artifact' must be text" },
    { wrong: { artifact }, names: "'artifact' must be text, got an object" },
    { wrong: { artifact: file.toUpperCase() }, names: "'artifact' must be SHA-256, bytes and key" },
    { wrong: { artifact: file.slice(1) }, names: "'artifact' must be SHA-256, bytes and key" },
    { wrong: { artifact: file.replace(' 10 ', ' 0 ') }, names: "'artifact' must be SHA-256, bytes and key" },
    { wrong: { artifact: file.replace(' 10 ', ' 1.5 ') }, names: "'artifact' must be SHA-256, bytes and key" },
    { wrong: { artifact: `${sha256} 10 ` }, names: "'artifact' must be SHA-256, bytes and key" },
    { wrong: { ort: null }, names: "'ort' must be an array" },
    { wrong: { ort: [file] }, names: "'ort' must be text" },
    { wrong: { ort: [file, 1] }, names: "'ort' must be text" },
    { wrong: { ort: ['', 'onnxruntime-node 1.30.0'] }, names: "'ort' must be SHA-256, bytes and key" },
    { wrong: { outputs: [] }, names: "'outputs' must have at least 1 name" },
    { wrong: { outputs: 'y' }, names: "'outputs' must be an array" },
    { wrong: { outputs: [1] }, names: "'outputs' must be text that is not empty" },
    { wrong: { inputs: {} }, names: "'inputs' must be an array" },
    { wrong: { inputs: ['UINT8 2 x'] }, names: "'inputs' must have a head and data for each tensor, got 1" },
    { wrong: { inputs: [null, 'AQI='] }, names: "'inputs' must be text" },
    { wrong: { inputs: ['UINT8 2', 'AQI='] }, names: "'inputs' must name datatype, shape and tensor" },
    { wrong: { inputs: ['FLOAT 2 x', 'AQI='] }, names: "'inputs' must name a datatype of the protocol, got FLOAT" },
    { wrong: { inputs: ['toString 2 x', 'AQI='] }, names: "'inputs' must name a datatype of the protocol" },
    { wrong: { inputs: ['UINT8 -1 x', 'AQI='] }, names: "'inputs' must have sizes of decimal digits, got -1" },
    { wrong: { inputs: ['UINT8 2, x', 'AQI='] }, names: "'inputs' must have sizes of decimal digits" },
    { wrong: { inputs: [`UINT8 ${'9'.repeat(16)} x`, 'AQI='] }, names: "'inputs' must have sizes of decimal digits" },
    { wrong: { inputs: ['UINT8 2 x', 5] }, names: "'base64' must be an array" },
    { wrong: { inputs: ['UINT8 2 x', 'A!I='] }, names: "'base64' must be base64" },
    { wrong: { inputs: ['UINT8 2 x', 'AQI'] }, names: "'base64' must be base64" },
    { wrong: { inputs: ['UINT8 2 x', ['AQI=', 7]] }, names: "'base64' must be text" },
    { wrong: { inputs: ['UINT8 2 x', ['AAAA', '!!!!']] }, names: "'base64' must be base64" },
    { wrong: { inputs: ['UINT8 2 x', ['AAA']] }, names: "'base64' must be base64" },
    { wrong: { traceparent: {} }, names: "'traceparent' must be text" },
  ])('is refused in words: $names', ({ wrong, names }) => {
    const event = wrong && typeof wrong === 'object' && !Array.isArray(wrong) ? { ...request(), ...wrong } : wrong;
    expect(() => decodeRunRequest(event)).toThrow(names);
  });
});

describe('a long tensor', () => {
  it.each([71_999, 72_000, 72_001, 144_000, 144_001, 1_000_003])('of %d bytes comes as it went', (size) => {
    const data = new Uint8Array(randomBytes(size));
    const sent = encodeRunRequest({ ...job, inputs: [bytesTensor(data)] });
    const base64 = sent.inputs[1] ?? '';
    for (const piece of [base64].flat()) expect(piece.length).toBeLessThan(131_072);
    expect([base64].flat().join('')).toBe(Buffer.from(data).toString('base64'));
    expect(messageBytes([bytesTensor(data)])).toBe([base64].flat().join('').length);
    const [input] = decodeRunRequest(carried(sent)).inputs;
    expect(Buffer.from(data).equals(input?.data ?? Buffer.alloc(0))).toBe(true);
  });

  it('lies in memory that any typed array fits on', () => {
    for (const size of [8, 800, 8_000, 80_000, 800_000]) {
      const sent = carried(encodeRunRequest({ ...job, inputs: [bytesTensor(new Uint8Array(size))] }));
      expect((decodeRunRequest(sent).inputs[0]?.data.byteOffset ?? 1) % 8).toBe(0);
    }
  });
});

describe('an answer', () => {
  const times = { loadMs: 1.5, runMs: 0.25 };
  const good = () => carried(encodeOutputs([bytesTensor(Uint8Array.of(3))], times)) as Record<string, unknown>;

  it('is read as it was written', () => {
    const outcome = decodeRunAnswer(good());
    expect(outcome).toMatchObject({ ok: true, outputs: [{ name: 'x', shape: [1] }], ...times });
  });

  it('says how large outputs are that do not fit', () => {
    const told = encodeOutputs([bytesTensor(new Uint8Array(MESSAGE_LIMIT_BYTES))], times);
    expect(decodeRunAnswer(carried(told))).toEqual({ ok: false, fault: 'output_too_large', bytes: 7_866_668 });
  });

  it('tells of the model’s failure', () => {
    const told = { ok: false, fault: 'model_failed', message: 'Reshape' };
    expect(decodeRunAnswer(told)).toEqual(told);
    const late = { ok: false, fault: 'model_timeout', message: 'late' };
    expect(decodeRunAnswer(late)).toEqual({ ...late, ended: true });
  });

  it.each(['model_failed', 'model_timeout'])('tells no more of a %s than a line', (fault) => {
    const outcome = decodeRunAnswer({ ok: false, fault, message: 'a\n'.repeat(1_000_000) });
    expect('message' in outcome && outcome.message.length).toBe(500);
  });

  it.each([
    { wrong: undefined, names: "'the answer' must be an object" },
    { wrong: { ok: 'yes' }, names: "'ok' must be true or false, got yes" },
    { wrong: { ...good(), outputs: {} }, names: "'outputs' must be an array" },
    { wrong: { ...good(), outputs: ['FLOAT 1 x', ''] }, names: "'outputs' must name a datatype" },
    { wrong: { ...good(), loadMs: -1 }, names: "'loadMs' must be a number of milliseconds" },
    { wrong: { ...good(), runMs: null }, names: "'runMs' must be a number of milliseconds" },
    { wrong: { ok: false, fault: 'model_failed' }, names: "'message' must be text" },
    { wrong: { ok: false, fault: 'output_too_large', bytes: '9' }, names: "'bytes' must be a whole number" },
    { wrong: { ok: false, fault: 'another', message: '' }, names: "'fault' must be one that run functions tell" },
    { wrong: { ok: false, fault: 'ours', message: 'Error' }, names: 'the run function failed: Error' },
  ])('that is none is a fault of ours: $names', ({ wrong, names }) => {
    expect(() => decodeRunAnswer(wrong)).toThrow(names);
  });
});
