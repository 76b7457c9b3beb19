// What a request may say: every mismatch is refused by name.
import { describe, expect, it } from 'vitest';
import { parseInferRequest, rowCountOf } from '../../../../lambdas/inference/domain/infer-request.ts';
import { writeStrings } from '../../../../lambdas/inference/domain/tensor.ts';
import type { Datatype, Signature } from '../../../../lambdas/shared/onnx/signature.ts';
import { bytesOfJson, codeOf, messageOf, signatureFor } from './request-builders.ts';

describe('an inference request in JSON', () => {
  const int64 = signatureFor('INT64', 1);
  const ask = (datatype: Datatype, data: string, shape = '[1]') =>
    parseInferRequest(
      bytesOfJson(`{"inputs":[{"name":"x","datatype":"${datatype}","shape":${shape},"data":${data}}]}`),
      undefined,
      signatureFor(datatype, JSON.parse(shape).length),
    );

  it('keeps every digit of a 64-bit integer', () => {
    const call = parseInferRequest(
      bytesOfJson(
        '{"inputs":[{"name":"x","datatype":"INT64","shape":[4],"data":[9007199254740993,-9223372036854775808,9223372036854775807,1]}]}',
      ),
      undefined,
      int64,
    );
    const data = Uint8Array.from(call.inputs[0]?.data ?? []);
    expect([...new BigInt64Array(data.buffer)]).toEqual([2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 1n]);
  });

  it.each([
    { datatype: 'INT64', data: '[9223372036854775808]', why: 'beyond the range' },
    { datatype: 'UINT64', data: '[-1]', why: 'below the range' },
    { datatype: 'INT64', data: '[1.5]', why: 'a fraction' },
    { datatype: 'INT64', data: '["1"]', why: 'a number in quotes' },
    { datatype: 'INT64', data: '[1e300]', why: 'a float beyond the range' },
    { datatype: 'INT32', data: '[2147483648]', why: 'beyond the range' },
    { datatype: 'INT8', data: '[true]', why: 'a boolean' },
    { datatype: 'BOOL', data: '[1]', why: 'a number' },
    { datatype: 'FP32', data: '[null]', why: 'null' },
    { datatype: 'FP32', data: '[1e39]', why: 'beyond float32' },
    { datatype: 'FP32', data: '["nan"]', why: 'a word that is not the agreed one' },
    { datatype: 'FP32', data: '[[1]]', why: 'nested deeper than the shape' },
    { datatype: 'BYTES', data: '[1]', why: 'a number' },
    { datatype: 'BYTES', data: '["\\ud800"]', why: 'a lone surrogate' },
    { datatype: 'BYTES', data: '["a\\u0000b"]', why: 'a zero character, at which the runtime would cut it' },
    { datatype: 'FP32', data: '[1,2]', why: 'more elements than the shape' },
    { datatype: 'FP32', data: '1', why: 'no array' },
    { datatype: 'FP16', data: '[1]', why: 'a datatype without a JSON form' },
  ] as const)('refuses $data as $datatype: $why', ({ datatype, data }) => {
    expect(codeOf(() => ask(datatype, data))).toBe('malformed_tensor');
    expect(messageOf(() => ask(datatype, data))).toContain("'x'");
  });

  it('takes nested data whose arrays are as long as the shape says, and no other', () => {
    const nested = ask('INT32', '[[1,2,3],[4,5,6]]', '[2,3]');
    const flat = ask('INT32', '[1,2,3,4,5,6]', '[2,3]');
    expect(nested.inputs).toEqual(flat.inputs);
    expect(codeOf(() => ask('INT32', '[[1,2],[3,4,5,6]]', '[2,3]'))).toBe('malformed_tensor');
    expect(codeOf(() => ask('INT32', '[[1,2,3],4,5,6]', '[2,3]'))).toBe('malformed_tensor');
  });

  it('takes a tensor without dimensions as one element, in brackets or without', () => {
    const bare = ask('INT64', '9007199254740993', '[]');
    expect(bare.inputs).toEqual(ask('INT64', '[9007199254740993]', '[]').inputs);
    expect(bare.inputs[0]?.data).toHaveLength(8);
    for (const data of ['[]', '[1,2]', '[[1]]', 'null', '{}', '"1"']) {
      expect(codeOf(() => ask('INT64', data, '[]'))).toBe('malformed_tensor');
    }
  });

  it('takes tensors without elements', () => {
    expect(ask('FP32', '[]', '[0]').inputs[0]?.data).toHaveLength(0);
    expect(ask('FP32', '[[],[]]', '[2,0]').inputs[0]?.data).toHaveLength(0);
  });

  it.each([
    { shape: '[4294967296]', code: 'malformed_request', why: 'a size that no runtime holds' },
    { shape: '[2147483647,2147483647]', code: 'malformed_tensor', why: 'sizes whose product is enormous' },
    { shape: '[0,2147483647,2147483647]', code: 'malformed_tensor', why: 'the same beside a zero' },
    { shape: '[-1]', code: 'malformed_request', why: 'a negative size' },
    { shape: '[1.5]', code: 'malformed_request', why: 'a fraction' },
  ])('refuses shape $shape before anything is allocated: $why', ({ shape, code }) => {
    expect(codeOf(() => ask('FP32', '[]', shape))).toBe(code);
  });

  it('survives nesting of any depth', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(codeOf(() => ask('INT64', `[9007199254740993,${deep}]`, '[2]'))).toMatch(/^malformed_/);
  });
});

describe('an inference request against the signature', () => {
  const signature: Signature = {
    inputs: [
      { name: 'a', datatype: 'FP32', shape: [-1, 2], dims: ['n', 2] },
      { name: 'b', datatype: 'INT64', shape: [-1], dims: ['n'] },
    ],
    outputs: [
      { name: 'p', datatype: 'FP32', shape: [-1], dims: ['n'] },
      { name: 'h', datatype: 'FP16', shape: [-1], dims: ['n'] },
      { name: 't', datatype: 'BYTES', shape: [-1], dims: ['n'] },
    ],
  };
  const a = { name: 'a', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] };
  const b = { name: 'b', datatype: 'INT64', shape: [2], data: [5, 6] };
  const p = { name: 'p' };
  const ask = (body: object) => parseInferRequest(bytesOfJson(body), undefined, signature);

  it('orders inputs as the signature does, outputs as asked, and counts rows by the first open dimension', () => {
    const call = ask({ inputs: [b, a], outputs: [{ name: 'h', parameters: { binary_data: true } }, p] });
    expect(call.inputs.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(call.outputs).toEqual([
      { name: 'h', binary: true },
      { name: 'p', binary: false },
    ]);
    expect(rowCountOf(signature, call.inputs)).toBe(2);
  });

  it.each([
    {
      why: 'an input too few',
      body: { inputs: [a], outputs: [p] },
      code: 'signature_mismatch',
      says: "'b' is missing",
    },
    {
      why: 'an unknown input',
      body: { inputs: [a, b, { ...a, name: 'c' }], outputs: [p] },
      code: 'signature_mismatch',
      says: "'c' is not one of",
    },
    {
      why: 'an input twice',
      body: { inputs: [a, a, b], outputs: [p] },
      code: 'malformed_tensor',
      says: "'a' must be given once",
    },
    {
      why: 'another datatype',
      body: { inputs: [{ ...a, datatype: 'FP64' }, b], outputs: [p] },
      code: 'signature_mismatch',
      says: "'a' must have datatype FP32, got FP64",
    },
    {
      why: 'another fixed size',
      body: { inputs: [{ ...a, shape: [1, 4] }, b], outputs: [p] },
      code: 'signature_mismatch',
      says: "'a' must have shape [-1,2] (-1 is any size), got [1,4]",
    },
    {
      why: 'two sizes for one dimension',
      body: { inputs: [a, { ...b, shape: [1], data: [5] }], outputs: [p] },
      code: 'signature_mismatch',
      says: "('n') must be 2",
    },
    {
      why: 'an unknown output',
      body: { inputs: [a, b], outputs: [{ name: 'q' }] },
      code: 'unknown_output',
      says: "'q'",
    },
    { why: 'an output twice', body: { inputs: [a, b], outputs: [p, p] }, code: 'malformed_request', says: "'p'" },
    { why: 'FP16 in JSON', body: { inputs: [a, b] }, code: 'malformed_request', says: "'h' is FP16" },
    {
      why: 'both forms of data',
      body: { inputs: [{ ...a, parameters: { binary_data_size: 0 } }, b], outputs: [p] },
      code: 'malformed_tensor',
      says: 'got both',
    },
    {
      why: 'more bytes than came',
      body: { inputs: [{ ...a, data: undefined, parameters: { binary_data_size: 16 } }, b], outputs: [p] },
      code: 'malformed_tensor',
      says: "'binary_data_size' 16",
    },
    {
      why: 'an input in shared memory',
      body: {
        inputs: [{ ...a, parameters: { shared_memory_region: 'r', shared_memory_byte_size: 16 } }, b],
        outputs: [p],
      },
      code: 'malformed_request',
      says: "input 'a' has the parameter 'shared_memory_region', but no memory is shared over a network",
    },
    {
      why: 'an output in shared memory',
      body: { inputs: [a, b], outputs: [{ name: 'p', parameters: { shared_memory_region: 'r' } }] },
      code: 'malformed_request',
      says: "output 'p' has the parameter 'shared_memory_region'",
    },
    {
      why: 'a sequence',
      body: { parameters: { sequence_id: 7, sequence_start: true }, inputs: [a, b], outputs: [p] },
      code: 'malformed_request',
      says: "'sequence_id', but nothing is kept between calls",
    },
    {
      why: 'a number of classes that is none',
      body: { inputs: [a, b], outputs: [{ name: 'p', parameters: { classification: 1.5 } }] },
      code: 'malformed_request',
      says: "output 'p' 'classification' must be a whole number of classes, got 1.5",
    },
    {
      why: 'classes of an output without an order',
      body: { inputs: [a, b], outputs: [{ name: 't', parameters: { classification: 1 } }] },
      code: 'malformed_request',
      says: "output 't' must be of numbers for the parameter 'classification', it is BYTES",
    },
    {
      why: 'an input without data',
      body: { inputs: [{ ...a, data: undefined }, b], outputs: [p] },
      code: 'malformed_tensor',
      says: "input 'a' must have 'data' or the parameter 'binary_data_size'",
    },
    {
      why: 'null for data',
      body: { inputs: [{ ...a, data: null }, b], outputs: [p] },
      code: 'malformed_tensor',
      says: "input 'a' 'data' must be an array, got null",
    },
    {
      why: 'another rank',
      body: { inputs: [{ ...a, shape: [4] }, b], outputs: [p] },
      code: 'signature_mismatch',
      says: "'a' must have shape [-1,2] (-1 is any size), got [4]",
    },
    {
      why: 'a size of bytes that is none',
      body: { inputs: [{ ...a, data: undefined, parameters: { binary_data_size: -1 } }, b], outputs: [p] },
      code: 'malformed_request',
      says: "input 'a' 'binary_data_size' must be a whole number of bytes, got -1",
    },
    {
      why: 'a flag that is none',
      body: { inputs: [a, b], outputs: [{ name: 'p', parameters: { binary_data: 'yes' } }] },
      code: 'malformed_request',
      says: "output 'p' 'binary_data' must be true or false, got 'yes'",
    },
    {
      why: 'an id that is no text',
      body: { id: 7, inputs: [a, b], outputs: [p] },
      code: 'malformed_request',
      says: "'id'",
    },
  ])('refuses $why by name', ({ body, code, says }) => {
    expect(codeOf(() => ask(body))).toBe(code);
    expect(messageOf(() => ask(body))).toContain(says);
  });

  it('puts what an output says of its form before what the request says', () => {
    const call = ask({
      parameters: { binary_data_output: true },
      inputs: [a, b],
      outputs: [{ name: 'p', parameters: { binary_data: false } }, { name: 'h' }],
    });
    expect(call.outputs).toEqual([
      { name: 'p', binary: false },
      { name: 'h', binary: true },
    ]);
  });

  it('takes classes of an output, FP16 in JSON too, and none where 0 are asked for', () => {
    const call = ask({
      parameters: { priority: 3, timeout: 1000, sequence_id: 0, mine: 'x' },
      inputs: [a, b],
      outputs: [
        { name: 'p', parameters: { classification: 0 } },
        { name: 'h', parameters: { classification: 3 } },
      ],
    });
    expect(call.outputs[0]).toEqual({ name: 'p', binary: false });
    expect(call.outputs[1]).toMatchObject({ name: 'h', binary: false, classes: { count: 3 } });
  });

  it('ignores members it does not know', () => {
    expect(codeOf(() => ask({ model_name: 'm', inputs: [{ ...a, extra: 1 }, b], outputs: [p] }))).toBe('accepted');
  });
});

describe('a raw binary request', () => {
  it('takes the body as the only input and infers its open dimension', () => {
    const signature = signatureFor('FP32', 1);
    const call = parseInferRequest(Buffer.alloc(12), 0, signature);
    expect(call.inputs[0]?.shape).toEqual([3]);
    expect(call.outputs).toEqual([{ name: 'x', binary: true }]);
    expect(codeOf(() => parseInferRequest(Buffer.alloc(13), 0, signature))).toBe('malformed_tensor');
  });

  it('takes a text as it is', () => {
    const call = parseInferRequest(Buffer.from('grüezi'), 0, signatureFor('BYTES', 1));
    expect(call.inputs[0]?.data).toEqual(Uint8Array.from(writeStrings(['grüezi'])));
  });

  it('is refused where the shape would be a guess', () => {
    expect(codeOf(() => parseInferRequest(Buffer.alloc(16), 0, signatureFor('FP32', 2)))).toBe('malformed_request');
  });
});
