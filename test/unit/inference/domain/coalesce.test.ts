// Joining runs and splitting answers: every caller gets what a lone run gives, and never another's rows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseJoined,
  type JoinForm,
  joinFormOf,
  joinRuns,
  type RowsRun,
  splitOutputs,
} from '../../../../lambdas/inference/domain/coalesce.ts';
import { readStrings, type Tensor, writeStrings } from '../../../../lambdas/inference/domain/tensor.ts';

const floats = (name: string, shape: readonly number[], values: readonly number[]): Tensor => ({
  name,
  datatype: 'FP32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});
const texts = (name: string, shape: readonly number[], values: readonly string[]): Tensor => ({
  name,
  datatype: 'BYTES',
  shape,
  data: writeStrings(values),
});

const run = (inputs: readonly Tensor[], outputs: readonly string[] = ['y']): RowsRun => ({ inputs, outputs });
const keyOf = (one: RowsRun) => joinFormOf(one)?.key;
const x = (rows: number, columns = 2) => floats('x', [rows, columns], new Array(rows * columns).fill(rows));

describe('the form of a run', () => {
  it('is the same whatever the number of rows, and the order of the inputs', () => {
    const z = (rows: number) => texts('z', [rows], new Array(rows).fill('a'));
    expect(keyOf(run([x(1), z(1)]))).toBe(keyOf(run([z(3), x(3)])));
    expect(joinFormOf(run([x(3), z(3)]))).toMatchObject({ rowCount: 3, sizeBytes: 3 * 8 + 3 * 5 });
  });

  it.each([
    { what: 'another width', other: run([x(1, 3)]) },
    { what: 'another rank', other: run([floats('x', [1, 2, 1], [1, 2])]) },
    { what: 'another name', other: run([floats('w', [1, 2], [1, 2])]) },
    { what: 'another datatype', other: run([{ ...x(1), datatype: 'INT32' }]) },
    { what: 'other outputs', other: run([x(1)], ['z']) },
    { what: 'outputs in another order', other: run([x(1)], ['y', 'z']) },
    { what: 'an input more', other: run([x(1), floats('z', [1], [1])]) },
  ])('differs with $what', ({ other }) => {
    expect(keyOf(other)).not.toBe(keyOf(run([x(1)])));
  });

  it.each([
    { what: 'no inputs', one: run([]) },
    { what: 'a scalar', one: run([floats('x', [], [1])]) },
    { what: 'no rows', one: run([floats('x', [0, 2], [])]) },
    { what: 'inputs that count rows differently', one: run([x(2), floats('z', [1], [1])]) },
  ])('is none with $what: it runs alone', ({ one }) => {
    expect(joinFormOf(one)).toBeUndefined();
  });
});

describe('the choice from the line', () => {
  const form = (key: string, rowCount = 1, sizeBytes = 1): JoinForm => ({ key, rowCount, sizeBytes });
  const wide = { rowCount: 10, sizeBytes: 100 };

  it('takes all that fit the first, in order, and no others', () => {
    expect(chooseJoined([form('a'), form('b'), undefined, form('a'), form('a')], wide)).toEqual([0, 3, 4]);
  });

  it('takes the first alone when it has no form, or is larger than all limits', () => {
    expect(chooseJoined([undefined, form('a')], wide)).toEqual([0]);
    expect(chooseJoined([form('a', 11), form('a')], wide)).toEqual([0]);
  });

  it('stays within rows and bytes, and passes over what is too large', () => {
    expect(chooseJoined([form('a', 6), form('a', 5), form('a', 4)], wide)).toEqual([0, 2]);
    expect(chooseJoined([form('a', 1, 60), form('a', 1, 50), form('a', 1, 40)], wide)).toEqual([0, 2]);
  });
});

describe('a joint answer that does not have a row for each row', () => {
  it.each([
    { what: 'fewer rows', output: floats('y', [2], [1, 2]) },
    { what: 'more rows', output: floats('y', [4], [1, 2, 3, 4]) },
    { what: 'no rows', output: floats('y', [], [1]) },
    { what: 'more bytes than its shape says', output: { ...floats('y', [3], [1, 2, 3]), data: new Uint8Array(16) } },
  ])('is given to nobody: $what', ({ output }) => {
    expect(splitOutputs([output], [1, 2])).toBeUndefined();
  });
});

/** Works on each row: the sum of its floats, and its text turned round, twice. */
const rowWise = ({ inputs }: RowsRun): Tensor[] => {
  const byName = (name: string) => inputs.find((input) => input.name === name) as Tensor;
  const [numbers, words] = [byName('x'), byName('s')];
  const [rowCount = 0, width = 0] = numbers.shape;
  const values = new Float32Array(Uint8Array.from(numbers.data).buffer);
  const sums = Array.from({ length: rowCount }, (_, row) =>
    values.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0),
  );
  const turned = readStrings(words.data).flatMap((word) => [word, [...word].reverse().join('')]);
  return [floats('y', [rowCount], sums), texts('t', [rowCount, 2], turned)];
};

const anyRequest = fc
  .record({
    rowCount: fc.integer({ min: 1, max: 5 }),
    width: fc.constantFrom(1, 2, 3),
    swapped: fc.boolean(),
    seed: fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: 15, maxLength: 15 }),
    words: fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { minLength: 5, maxLength: 5 }),
  })
  .map(({ rowCount, width, swapped, seed, words }): RowsRun => {
    const inputs = [
      floats('x', [rowCount, width], seed.slice(0, rowCount * width)),
      texts('s', [rowCount], words.slice(0, rowCount)),
    ];
    return { inputs: swapped ? inputs.reverse() : inputs, outputs: ['y', 't'] };
  });

const plain = (tensors: readonly Tensor[] | undefined) =>
  tensors?.map(({ name, datatype, shape, data }) => ({
    name,
    datatype,
    shape,
    data: Buffer.from(data).toString('hex'),
  }));

describe('any line of requests', () => {
  it('is answered as each would be alone, whatever is joined', () => {
    fc.assert(
      fc.property(
        fc.array(anyRequest, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        (requests, rowLimit) => {
          let line = [...requests];
          const answers = new Map<RowsRun, readonly Tensor[] | undefined>();
          while (line.length > 0) {
            const chosen = chooseJoined(line.map(joinFormOf), { rowCount: rowLimit, sizeBytes: 1_000 });
            const runs = chosen.map((index) => line[index] as RowsRun);
            const counts = runs.map((one) => joinFormOf(one)?.rowCount ?? 0);
            const parts = splitOutputs(rowWise(joinRuns(runs)), counts);
            for (const [index, one] of runs.entries()) answers.set(one, parts?.[index]);
            line = line.filter((one) => !runs.includes(one));
          }
          for (const request of requests) expect(plain(answers.get(request))).toEqual(plain(rowWise(request)));
        },
      ),
    );
  });

  it('leaves the requests’ own tensors as they were', () => {
    const requests = [run([x(1)]), run([x(2)])];
    const before = requests.map(({ inputs }) => plain(inputs));
    joinRuns(requests);
    expect(requests.map(({ inputs }) => plain(inputs))).toEqual(before);
  });
});
