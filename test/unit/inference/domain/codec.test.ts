// Tensors in and out, as JSON and as bytes: exact both ways, and no body breaks the reader.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCoding } from '../../../../lambdas/inference/domain/answer-coding.ts';
import { encodeInferAnswer } from '../../../../lambdas/inference/domain/infer-answer.ts';
import { parseInferRequest } from '../../../../lambdas/inference/domain/infer-request.ts';
import { elementBytes, type Tensor, writeStrings } from '../../../../lambdas/inference/domain/tensor.ts';
import { type Datatype, datatypes } from '../../../../lambdas/shared/onnx/signature.ts';
import { bytesOfJson, codeOf, messageOf, signatureFor } from './request-builders.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0'));

const dataOf = (datatype: Datatype, elements: number): fc.Arbitrary<Uint8Array> => {
  const size = elements * elementBytes[datatype];
  if (datatype === 'BYTES') {
    return fc.array(text, { minLength: elements, maxLength: elements }).map(writeStrings);
  }
  if (datatype === 'BOOL') return fc.uint8Array({ minLength: size, maxLength: size, max: 1 });
  return fc.uint8Array({ minLength: size, maxLength: size });
};

const tensor = (allowed: readonly Datatype[]): fc.Arbitrary<Tensor> =>
  fc
    .tuple(fc.constantFrom(...allowed), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
    .chain(([datatype, shape]) =>
      dataOf(
        datatype,
        shape.reduce((a, b) => a * b, 1),
      ).map((data) => ({ name: 'x', datatype, shape, data })),
    );

/** NaN has many bit patterns and JSON one word for them all. */
const withOneNan = ({ datatype, data }: Tensor): Uint8Array => {
  const copy = Uint8Array.from(data);
  if (datatype === 'FP32') {
    const floats = new Float32Array(copy.buffer);
    floats.forEach((value, i) => {
      if (Number.isNaN(value)) floats[i] = Number.NaN;
    });
  }
  if (datatype === 'FP64') {
    const floats = new Float64Array(copy.buffer);
    floats.forEach((value, i) => {
      if (Number.isNaN(value)) floats[i] = Number.NaN;
    });
  }
  return copy;
};

const encode = (sent: Tensor, binary: boolean) =>
  encodeInferAnswer(
    {
      model: 'acme.echo',
      version: '1.0.0',
      id: 'é-1',
      requested: [{ name: 'x', binary }],
      rowCount: 1,
      coding: chooseCoding(undefined),
    },
    [sent],
  );

/** An answer's outputs are a request's inputs. */
const asRequest = (json: string) => bytesOfJson(json.replace('"outputs":', '"inputs":'));

describe('the codec', () => {
  it('gives back every tensor that travelled as JSON', () => {
    const inJson = datatypes.filter((datatype) => datatype !== 'FP16' && datatype !== 'BF16');
    fc.assert(
      fc.property(tensor(inJson), (sent) => {
        const { body } = encode(sent, false);
        expect(typeof body).toBe('string');
        JSON.parse(String(body));
        const call = parseInferRequest(
          asRequest(String(body)),
          undefined,
          signatureFor(sent.datatype, sent.shape.length),
        );
        expect(call.id).toBe('é-1');
        expect(call.inputs[0]?.shape).toEqual(sent.shape);
        const got = call.inputs[0] ?? sent;
        expect(Buffer.from(withOneNan(got))).toEqual(Buffer.from(withOneNan(sent)));
      }),
      { numRuns: 400 },
    );
  });

  it('gives back every tensor that travelled as bytes', () => {
    fc.assert(
      fc.property(tensor(datatypes), (sent) => {
        const { body, headers } = encode(sent, true);
        const bytes = Buffer.from(body);
        const headerBytes = Number(headers['inference-header-content-length']);
        const head = asRequest(bytes.toString('utf8', 0, headerBytes));
        const call = parseInferRequest(
          Buffer.concat([head, bytes.subarray(headerBytes)]),
          head.length,
          signatureFor(sent.datatype, sent.shape.length),
        );
        expect(Buffer.from(call.inputs[0]?.data ?? [])).toEqual(Buffer.from(sent.data));
      }),
      { numRuns: 400 },
    );
  });

  it('never answers a mangled body with anything but a DomainError', () => {
    const bodies = tensor(datatypes).map((sent) => {
      const { body, headers } = encode(sent, true);
      const bytes = Buffer.from(body);
      const headerBytes = Number(headers['inference-header-content-length']);
      const head = asRequest(bytes.toString('utf8', 0, headerBytes));
      return { sent, head: head.length, bytes: Buffer.concat([head, bytes.subarray(headerBytes)]) };
    });
    fc.assert(
      fc.property(
        bodies,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat({ max: 400 })),
        fc.nat({ max: 3 }),
        ({ sent, head, bytes }, edits, headerBytes, cut) => {
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          codeOf(() =>
            parseInferRequest(
              bytes.subarray(0, bytes.length - cut),
              headerBytes ?? head,
              signatureFor(sent.datatype, sent.shape.length),
            ),
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('never answers odd JSON with anything but a DomainError', () => {
    const odd = fc.record(
      {
        id: fc.jsonValue(),
        parameters: fc.jsonValue(),
        inputs: fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record(
              {
                name: fc.oneof(fc.constant('x'), fc.jsonValue()),
                datatype: fc.oneof(fc.constantFrom(...datatypes), fc.jsonValue()),
                shape: fc.oneof(fc.array(fc.integer({ min: -2, max: 3 })), fc.jsonValue()),
                data: fc.jsonValue(),
                parameters: fc.oneof(fc.record({ binary_data_size: fc.integer({ min: -1, max: 9 }) }), fc.jsonValue()),
              },
              { requiredKeys: [] },
            ),
          ),
        ),
        outputs: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(odd, fc.constantFrom(...datatypes), (body, datatype) => {
        codeOf(() => parseInferRequest(bytesOfJson(body), undefined, signatureFor(datatype, 1)));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('an answer', () => {
  it('is valid JSON for every float, and exact', () => {
    const values = Float64Array.of(Number.NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308);
    const { body } = encode({ name: 'x', datatype: 'FP64', shape: [6], data: new Uint8Array(values.buffer) }, false);
    const { data } = JSON.parse(String(body)).outputs[0];
    expect(data.slice(0, 3)).toEqual(['NaN', 'Infinity', '-Infinity']);
    expect(Object.is(data[3], -0)).toBe(true);
    expect(data.slice(4)).toEqual([5e-324, 1.7976931348623157e308]);
  });

  it('is refused when a function could not return it, saying how many rows would fit', () => {
    const large = { name: 'x', datatype: 'UINT8' as const, shape: [6_000_000], data: new Uint8Array(6_000_000) };
    const requested = [{ name: 'x', binary: true }];
    const call = { model: 'm', version: '1', id: undefined, requested, rowCount: 1000, coding: chooseCoding('') };
    expect(codeOf(() => encodeInferAnswer(call, [large]))).toBe('output_too_large');
    expect(messageOf(() => encodeInferAnswer(call, [large]))).toContain('at most about 737 rows');
  });
});
