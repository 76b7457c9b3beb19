// The short way to read a request against the long one: it gives the same, or declines.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnyRequest, parseInferRequest } from '../../../../lambdas/inference/domain/infer-request.ts';
import { plainNames, readPlainRequest } from '../../../../lambdas/inference/domain/plain-request.ts';
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import type { Datatype, Signature } from '../../../../lambdas/shared/onnx/signature.ts';

const spec = (name: string, datatype: Datatype, shape: number[], dims: (number | string | null)[]) => ({
  name,
  datatype,
  shape,
  dims,
});

const signature: Signature = {
  inputs: [spec('x', 'FP32', [-1, 3], ['n', 3]), spec('in put', 'INT64', [-1], ['n'])],
  outputs: [spec('y', 'FP32', [-1], ['n']), spec('z', 'INT64', [-1], ['n'])],
};
const one = (datatype: Datatype): Signature => ({
  inputs: [spec('x', datatype, [-1, -1], [null, null])],
  outputs: [spec('y', 'FP32', [-1], [null])],
});

const readsPlainly = (body: Uint8Array, of: Signature) => {
  const names = plainNames(of);
  return names !== undefined && readPlainRequest(body, of, names) !== undefined;
};

const outcomeOf = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (fault) {
    if (fault instanceof DomainError) return `${fault.code}: ${fault.message}`;
    throw fault;
  }
};

/** @returns whether it was read plainly */
const agree = (body: Uint8Array, of: Signature): boolean => {
  const expected = outcomeOf(() => parseAnyRequest(body, undefined, of));
  expect(outcomeOf(() => parseInferRequest(body, undefined, of))).toEqual(expected);
  return readsPlainly(body, of);
};

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer({ min: -300, max: 70_000 }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '1e2',
    '2147483648',
    '-2147483649',
    '4294967296',
    '9007199254740993',
    '1e39',
    '01',
    '-',
  ),
);
const whole = fc.oneof(fc.integer().map(String), fc.maxSafeInteger().map(String), fc.constantFrom('0', '-0', '7'));

const blanked = (texts: readonly string[], blank: string) => texts.join(blank);

const requests = fc
  .record({
    rows: fc.integer({ min: 0, max: 3 }),
    numbers: fc.array(number, { minLength: 9, maxLength: 9 }),
    wholes: fc.array(whole, { minLength: 3, maxLength: 3 }),
    blank: fc.constantFrom('', '', ' ', '\n\t', '\u000b'),
    more: fc.constantFrom(
      '',
      '',
      '"id":"a b"',
      '"id":"ä"',
      '"outputs":[{"name":"z"}]',
      '"outputs":[]',
      '"parameters":{}',
    ),
    swap: fc.boolean(),
  })
  .map(({ rows, numbers, wholes, blank, more, swap }) => {
    const x = [
      '{',
      '"name"',
      ':',
      '"x"',
      ',',
      '"shape"',
      ':',
      `[${rows},3]`,
      ',',
      '"datatype"',
      ':',
      '"FP32"',
      ',',
      '"data"',
      ':',
      '[',
    ];
    const list = numbers.slice(0, rows * 3).join(`${blank},${blank}`);
    const first = `${blanked(x, blank)}${blank}${list}${blank}]${blank}}`;
    const second = `{"datatype":"INT64","name":"in put","shape":[${rows}],"data":[${wholes.slice(0, rows).join(',')}]}`;
    const inputs = swap ? `${second},${first}` : `${first},${second}`;
    return `{${more}${more && ','}"inputs":[${inputs}]${blank}}${blank}`;
  });

describe('a plain request', () => {
  it('is read as any other, whatever its numbers', () => {
    let plain = 0;
    fc.assert(
      fc.property(requests, (text) => {
        if (agree(Buffer.from(text), signature)) plain++;
      }),
      { numRuns: 5_000 },
    );
    expect(plain).toBeGreaterThan(100);
  });

  it('that is damaged anywhere is read as any other, and refused in the same words', () => {
    const damage = fc.record({
      text: requests,
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 3 }),
      put: fc.constantFrom(
        '',
        ',',
        '"',
        '}',
        ']',
        '[',
        '{',
        ':',
        '0',
        '-',
        '.',
        'e',
        ' ',
        '\\',
        'é',
        '\ufeff',
        '\0',
        '"x":1,',
      ),
    });
    fc.assert(
      fc.property(damage, ({ text, at, remove, put }) => {
        const place = at % (text.length + 1);
        agree(Buffer.from(text.slice(0, place) + put + text.slice(place + remove)), signature);
      }),
      { numRuns: 20_000 },
    );
  });

  it('that ends anywhere is refused in the same words', () => {
    const text = '{"id":"a","inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1.5,-2,3e1]}]}';
    for (let end = 0; end < text.length; end++) expect(agree(Buffer.from(text.slice(0, end)), one('FP32'))).toBe(false);
    expect(agree(Buffer.from(text), one('FP32'))).toBe(true);
  });

  it.each(['FP32', 'FP64', 'INT64', 'INT32', 'INT16', 'INT8', 'UINT32', 'UINT16', 'UINT8'] as const)(
    'of %s has the same elements, at the edges as well',
    (datatype) => {
      fc.assert(
        fc.property(fc.array(number, { minLength: 1, maxLength: 6 }), (numbers) => {
          const shape = `[1,${numbers.length}]`;
          const body = `{"inputs":[{"name":"x","shape":${shape},"datatype":"${datatype}","data":[${numbers}]}]}`;
          agree(Buffer.from(body), one(datatype));
        }),
        { numRuns: 1_000 },
      );
      const body = `{"inputs":[{"name":"x","shape":[2,2],"datatype":"${datatype}","data":[0,1, 2 ,127]}]}`;
      expect(agree(Buffer.from(body), one(datatype))).toBe(true);
    },
  );

  it.each([
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]},{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"x","name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"\\u0078","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[[1,2]]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":["NaN",2]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,null]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[16777216,1],"data":[1]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[01,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"x","datatype":"INT32","shape":[1,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],"inputs":[]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}',
    '{"id":"a","id":"b","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}',
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]} x',
  ])('is not %s', (text) => {
    expect(agree(Buffer.from(text), one('FP32'))).toBe(false);
  });

  it('asks for an output once', () => {
    const inputs = '"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]';
    agree(Buffer.from(`{${inputs},"outputs":[{"name":"y"},{"name":"y"}]}`), one('FP32'));
    expect(agree(Buffer.from(`{${inputs},"outputs":[{"name":"y"}]}`), one('FP32'))).toBe(true);
  });
});
