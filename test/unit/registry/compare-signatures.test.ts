// What a changed signature means to callers, and which version number it asks for.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSignatures } from '../../../lambdas/registry/domain/compare-signatures.ts';
import { predecessorOf, requireBump } from '../../../lambdas/registry/domain/version-bump.ts';
import { datatypes, type Signature, type TensorSpec } from '../../../lambdas/shared/onnx/signature.ts';

const shape = fc.array(fc.constantFrom(-1, 1, 2, 4), { maxLength: 3 });
const tensor = fc
  .record({ name: fc.string({ minLength: 1, maxLength: 6 }), datatype: fc.constantFrom(...datatypes), shape })
  .map((one): TensorSpec => ({ ...one, dims: one.shape.map((size) => (size === -1 ? null : size)) }));
const tensors = fc.uniqueArray(tensor, { minLength: 1, maxLength: 4, selector: ({ name }) => name });
const signature = fc
  .record({ inputs: tensors, outputs: tensors })
  .map(({ inputs, outputs }): Signature => ({ inputs, outputs, ...batchOf(inputs) }));
const batchOf = (inputs: readonly TensorSpec[]) => {
  const batchInput = inputs.find(({ shape: [first] }) => first === -1)?.name;
  return batchInput === undefined ? {} : { batchInput };
};

type Side = 'inputs' | 'outputs';
const withFirst = (before: Signature, side: Side, change: Partial<TensorSpec>): Signature => ({
  ...before,
  [side]: before[side].map((one, index) => (index === 0 ? { ...one, ...change } : one)),
});
const kindsOf = (before: Signature, after: Signature) => compareSignatures(before, after).map(({ kind }) => kind);
const isBreaking = (before: Signature, after: Signature) => kindsOf(before, after).includes('breaking');
const pointer = (side: Side, name: string) => `/signature/${side}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

describe('the difference between two signatures', () => {
  it('is none between a signature and itself, in whatever order it names its tensors', () => {
    fc.assert(
      fc.property(signature, (one) => {
        const turned = { ...one, inputs: [...one.inputs].reverse(), outputs: [...one.outputs].reverse() };
        expect(compareSignatures(one, one)).toEqual([]);
        expect(compareSignatures(one, turned)).toEqual([]);
      }),
    );
  });

  it('is breaking when a tensor is gone or has another type or rank, on either side, and says where', () => {
    fc.assert(
      fc.property(signature, fc.constantFrom<Side>('inputs', 'outputs'), (before, side) => {
        const [first] = before[side];
        if (!first) throw new Error('each side has a tensor');
        const gone = { ...before, [side]: before[side].slice(1) };
        const other = datatypes.find((one) => one !== first.datatype) ?? 'FP32';
        const wider = [...first.shape, 7];
        for (const [after, where] of [
          [gone, ''],
          [withFirst(before, side, { datatype: other }), '/datatype'],
          [withFirst(before, side, { shape: wider, dims: wider }), '/shape'],
        ] as const) {
          expect(compareSignatures(before, after)).toContainEqual({
            pointer: `${pointer(side, first.name)}${where}`,
            detail: expect.stringMatching(/./),
            kind: 'breaking',
          });
        }
      }),
    );
  });

  it('is breaking when an input is asked for that was not, an addition when an output is new', () => {
    fc.assert(
      fc.property(signature, (before) => {
        const added: TensorSpec = { name: 'brand new', datatype: 'FP32', shape: [], dims: [] };
        expect(kindsOf(before, { ...before, inputs: [...before.inputs, added] })).toEqual(['breaking']);
        expect(kindsOf(before, { ...before, outputs: [...before.outputs, added] })).toEqual(['addition']);
      }),
    );
  });

  it.each([
    { side: 'inputs', was: -1, is: 4, kinds: ['breaking'], why: 'a size is asked for' },
    { side: 'inputs', was: 4, is: 5, kinds: ['breaking'], why: 'another size is asked for' },
    { side: 'inputs', was: 4, is: -1, kinds: ['addition'], why: 'more sizes are taken' },
    { side: 'outputs', was: 4, is: -1, kinds: ['breaking'], why: 'a size is no longer promised' },
    { side: 'outputs', was: 4, is: 5, kinds: ['breaking'], why: 'another size is promised' },
    { side: 'outputs', was: -1, is: 4, kinds: [], why: 'more is promised' },
  ] as const)('is $kinds of $side from $was to $is: $why', ({ side, was, is, kinds }) => {
    const sized = (size: number): Signature => {
      const of = (name: Side): TensorSpec[] => [
        { name: 'X', datatype: 'FP32', shape: [-1, name === side ? size : 2], dims: [null, null] },
      ];
      return { inputs: of('inputs'), outputs: of('outputs') };
    };
    expect(kindsOf(sized(was), sized(is))).toEqual(kinds);
  });

  it('is breaking when other rows are charged', () => {
    const one: Signature = { inputs: [], outputs: [], batchInput: 'X' };
    expect(kindsOf(one, { inputs: [], outputs: [] })).toEqual(['breaking']);
  });

  it('never breaks what it does not break in two steps', () => {
    const sizes = [-1, 2, 4];
    const of = (input: number, output: number): Signature => ({
      inputs: [{ name: 'X', datatype: 'FP32', shape: [input], dims: [null] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [output], dims: [null] }],
    });
    const all = sizes.flatMap((input) => sizes.map((output) => of(input, output)));
    const steps = all.flatMap((a) => all.flatMap((b) => (isBreaking(a, b) ? [] : [[a, b] as const])));
    expect(steps.length).toBeGreaterThan(all.length);
    for (const [a, b] of steps) for (const c of all) if (!isBreaking(b, c)) expect(isBreaking(a, c)).toBe(false);
  });
});

describe('a version number', () => {
  it.each([
    { version: '1.2.0', callable: ['1.0.0', '1.1.0', '2.0.0'], predecessor: '1.1.0' },
    { version: '1.0.1', callable: ['1.0.0', '1.1.0'], predecessor: '1.0.0' },
    { version: '2.0.0', callable: ['1.0.0'], predecessor: undefined },
    { version: '1.1.0', callable: ['1.1.0-rc.1', '1.0.0'], predecessor: '1.0.0' },
    { version: '0.2.1', callable: ['0.1.9', '0.2.0'], predecessor: '0.2.0' },
    { version: '0.2.0', callable: ['0.1.9'], predecessor: undefined },
    { version: '0.0.2', callable: ['0.0.1'], predecessor: undefined },
  ])('$version follows $predecessor where $callable may be called', ({ version, callable, predecessor }) => {
    expect(predecessorOf(version, callable)).toBe(predecessor);
  });

  const plain: Signature = { inputs: [], outputs: [] };
  const more: Signature = { inputs: [], outputs: [{ name: 'y', datatype: 'FP32', shape: [], dims: [] }] };
  const bump = (before: string, after: string, [was, is]: readonly [Signature, Signature], others: string[] = []) => {
    const check = () =>
      requireBump({ version: before, signature: was }, { version: after, signature: is }, [before, ...others]);
    try {
      check();
      return 'allowed';
    } catch (fault) {
      return fault instanceof Error
        ? `${(fault as { code?: string }).code} ${/as '(.*)'$/.exec(fault.message)?.[1]}`
        : '';
    }
  };

  it.each([
    { before: '1.0.0', after: '1.1.0', change: [more, plain], told: 'breaking_change 2.0.0' },
    { before: '1.0.0', after: '1.0.1', change: [more, plain], others: ['3.1.0'], told: 'breaking_change 4.0.0' },
    { before: '0.2.0', after: '0.2.1', change: [more, plain], told: 'breaking_change 0.3.0' },
    { before: '1.0.0', after: '1.0.1', change: [plain, more], told: 'minor_version_required 1.1.0' },
    { before: '1.0.0', after: '1.0.1', change: [plain, more], others: ['1.4.2'], told: 'minor_version_required 1.5.0' },
    { before: '1.0.0', after: '1.1.0', change: [plain, more], told: 'allowed' },
    { before: '0.2.0', after: '0.2.1', change: [plain, more], told: 'allowed' },
    { before: '1.0.0', after: '1.0.1', change: [more, more], told: 'allowed' },
  ] as const)('from $before to $after is $told', ({ before, after, change, told, ...rest }) => {
    expect(bump(before, after, change, 'others' in rest ? [...rest.others] : [])).toBe(told);
  });
});
