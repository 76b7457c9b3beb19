import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeReport, ProbeRequest } from '../../../lambdas/inference/contract.ts';
import { tryExamples } from '../../../lambdas/registry/routes/make-examples.ts';
import { readExamples } from '../../../lambdas/registry/routes/read-examples.ts';
import { type PackedCall, packCalls, unpackCalls } from '../../../lambdas/shared/executor/prove/tensor-pack.ts';
import type { Signature } from '../../../lambdas/shared/onnx/signature.ts';

const signature: Signature = {
  inputs: [
    { name: 'X', datatype: 'FP32', shape: [-1, 2], dims: ['n', 2] },
    { name: 'id', datatype: 'INT64', shape: [1], dims: [1] },
  ],
  outputs: [{ name: 'y', datatype: 'INT64', shape: [-1], dims: ['n'] }],
};
const inputs = [
  { name: 'X', datatype: 'FP32', shape: [1, 2], data: [1.5, 2] },
  { name: 'id', datatype: 'INT64', shape: [1], data: [9] },
];
const example = { name: 'one', inputs };

describe('examples.json', () => {
  it('is read as the protocol has it, every digit of its integers with it', () => {
    const text = JSON.stringify([example]).replace('[9]', '[9007199254740993]');
    const read = readExamples(text, signature);
    if ('rejection' in read) throw new Error(read.rejection.message);
    const id = read[0]?.inputs[1]?.data ?? new Uint8Array();
    expect(new DataView(id.buffer, id.byteOffset).getBigInt64(0, true)).toBe(9_007_199_254_740_993n);
  });

  it.each([
    { text: '{}', at: '', says: 'array' },
    { text: '[]', at: '', says: '1 to 16' },
    {
      text: JSON.stringify(Array.from({ length: 17 }, (_, index) => ({ name: `${index}`, inputs }))),
      at: '',
      says: '17',
    },
    { text: JSON.stringify(['a']), at: '/0', says: 'object' },
    { text: JSON.stringify([{ ...example, outputs: [] }]), at: '/0', says: "'outputs'" },
    { text: JSON.stringify([{ inputs }]), at: '/0/name', says: "'name'" },
    { text: JSON.stringify([example, example]), at: '/1/name', says: 'again' },
    { text: JSON.stringify([example, { name: 'two' }]), at: '/1/inputs', says: "'inputs'" },
    { text: JSON.stringify([{ name: 'two', inputs: inputs.slice(1) }]), at: '/0/inputs', says: "'X' is missing" },
    {
      text: JSON.stringify([{ name: 'two', inputs: [{ ...inputs[0], shape: [1, 3] }, inputs[1]] }]),
      at: '/0/inputs',
      says: '[-1,2]',
    },
    {
      text: JSON.stringify([{ name: 'two', inputs: [inputs[0], { ...inputs[1], data: [0.5] }] }]),
      at: '/0/inputs',
      says: 'INT64',
    },
    { text: '[{"name":"a","name":"b","inputs":[]}]', at: '', says: 'twice' },
  ])('is refused at "$at": $says', ({ text, at, says }) => {
    const read = readExamples(text, signature);
    expect(read).toMatchObject({ rejection: { rule: 'examples', path: 'examples.json', element: at } });
    expect(JSON.stringify(read)).toContain(says);
  });
});

describe('the examples of a model', () => {
  let asked: ProbeRequest[];
  let packed: Uint8Array;
  let respond: (calls: readonly PackedCall[]) => ProbeReport;

  const answering = (tensors: (call: number) => PackedCall['tensors']) => (calls: readonly PackedCall[]) => ({
    ok: true as const,
    loadMs: 1,
    answers: Buffer.from(packCalls(calls.map((_, index) => ({ timed: false, tensors: tensors(index) })))).toString(
      'base64',
    ),
    timings: [],
    runMs: calls.map((_, call) => ({ call, ms: call + 1 })),
  });
  const y = (bytes = 8) => [{ name: 'y', datatype: 'INT64' as const, shape: [1], data: new Uint8Array(bytes) }];

  beforeEach(() => {
    asked = [];
    respond = answering(() => y());
  });

  const run = (given: string | undefined) =>
    tryExamples(
      {
        quarantine: {
          write: async (_key, bytes) => {
            packed = bytes;
          },
          presign: async (key) => `https://quarantine.example/${key}`,
        },
        probe: async (request) => {
          asked.push(request);
          return respond(unpackCalls(packed) ?? []);
        },
        smokeLimits: { memoryBytes: 1, timeoutMs: 1 },
      },
      { url: 'https://quarantine.example/model', file: { sha256: 'a'.repeat(64), sizeBytes: 3 }, signature },
      given,
    );
  const documentOf = async (given: string | undefined) => {
    const tried = await run(given);
    if ('rejection' in tried) throw new Error(tried.rejection.message);
    return { ...tried, told: tried.document && JSON.parse(Buffer.from(tried.document.bytes).toString()) };
  };

  it('are the publisher’s, with what the model answered, and timed', async () => {
    const text = JSON.stringify([example, { name: 'two', inputs }]);
    const { told, smoke, document } = await documentOf(text);
    const outputs = [{ name: 'y', datatype: 'INT64', shape: [1], data: [0] }];
    expect(told).toEqual({
      made: false,
      items: [
        { name: 'one', inputs, outputs },
        { name: 'two', inputs, outputs },
      ],
    });
    expect(smoke).toEqual({ exampleCount: 2, medianMs: 2 });
    expect(document?.kept).toMatchObject({ count: 2, made: false, sizeBytes: document?.bytes.length });
  });

  it('are refused with the model where it does not answer one of its publisher’s', async () => {
    respond = answering((call) => (call === 1 ? null : y()));
    const tried = await run(JSON.stringify([example, { name: 'two', inputs }]));
    expect(tried).toMatchObject({ rejection: { rule: 'examples', element: '/1' } });
    respond = () => ({ ok: false, rule: 'crashed', message: 'no word' });
    expect(await run(JSON.stringify([example]))).toMatchObject({ rejection: { rule: 'examples', element: '' } });
  });

  it('are made from the signature, the first that is answered, the same each time', async () => {
    respond = answering((call) => (call < 1 ? null : y()));
    const { told, smoke } = await documentOf(undefined);
    expect(told).toMatchObject({
      made: true,
      items: [{ outputs: y().map(({ data: _, ...rest }) => ({ ...rest, data: [0] })) }],
    });
    expect(told.items).toHaveLength(1);
    expect(smoke).toEqual({ exampleCount: 1, medianMs: 2 });
    expect((await documentOf(undefined)).told).toEqual(told);
  });

  it('are none where none is answered', async () => {
    respond = answering(() => null);
    expect(await run(undefined)).toEqual({ document: undefined, smoke: undefined });
    respond = () => ({ ok: false, rule: 'timed_out', message: 'slow' });
    expect(await run(undefined)).toEqual({ document: undefined, smoke: undefined });
  });

  it.each([
    { why: 'they are not what they say', tensors: y(7) },
    {
      why: 'they have no JSON form',
      tensors: [{ name: 'y', datatype: 'FP16' as const, shape: [1], data: new Uint8Array(2) }],
    },
    {
      why: 'they are too long',
      tensors: [{ name: 'y', datatype: 'INT64' as const, shape: [200_000], data: new Uint8Array(1_600_000) }],
    },
  ])('are told without answers where $why', async ({ tensors }) => {
    respond = answering(() => tensors);
    expect((await documentOf(JSON.stringify([example]))).told.items).toMatchObject([{ name: 'one', outputs: null }]);
  });
});
