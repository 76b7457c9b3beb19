// Classifiers that answer with memory nobody wrote are refused; their neighbours, which people export, are not.
import { describe, expect, it } from 'vitest';
import { createModelScan } from '../../../../lambdas/shared/onnx/scan-model.ts';
import { type Attribute, attr, int64s, modelOf, node, value } from '../../../hostile/graph-writer.ts';
import { attribute, block, fixed32, graph, int, model, node as raw, varint } from '../../../support/onnx-builder.ts';
import { scan } from './refuses.ts';

const labels = (count: number) =>
  attr.ints(
    'classlabels_int64s',
    Array.from({ length: count }, (_, i) => i),
  );
const words = (count: number) =>
  attr.texts(
    'classlabels_strings',
    Array.from({ length: count }, (_, i) => `c${i}`),
  );
const post = (text: string) => attr.text('post_transform', text);
const base = (...values: number[]) => attr.floats('base_values', values);
const ids = (...values: number[]) => attr.ints('class_ids', values);

const verdict = (op: string, attributes: readonly Attribute[]) => {
  const report = scan(
    modelOf({
      nodes: [node(op, ['x'], ['label', 'y'], attributes, 'ai.onnx.ml')],
      outputs: [value('label', 'int64'), value('y', 'float')],
    }),
  );
  return report.ok ? 'passes' : report.rejection.rule;
};

const inChunks = (bytes: Uint8Array, chunkBytes: number) => {
  const running = createModelScan();
  for (let at = 0; at < bytes.length; at += chunkBytes) running.push(bytes.subarray(at, at + chunkBytes));
  const report = running.finish();
  return report.ok ? 'passes' : report.rejection.rule;
};

describe('a classifier whose second score the runtime leaves as the memory was', () => {
  it.each([
    { why: 'PROBIT, two classes', attributes: [labels(2), post('PROBIT')] },
    { why: 'PROBIT, two classes that are words', attributes: [words(2), post('PROBIT')] },
    { why: 'PROBIT, no classes told', attributes: [post('PROBIT')] },
    { why: 'PROBIT before the classes', attributes: [post('PROBIT'), labels(2)] },
    { why: 'PROBIT, and labels of both kinds', attributes: [words(2), labels(3), post('PROBIT')] },
    { why: 'a transform of no name', attributes: [labels(2), post('')] },
    { why: 'a transform of a long name', attributes: [labels(2), post('PROBIT'.repeat(10))] },
    { why: 'one base value, weights for both', attributes: [labels(2), base(0.5), ids(0, 1)] },
    { why: 'one base value, weights for both, late', attributes: [ids(1, 1, 1, 0), labels(2), base(0.5)] },
    { why: 'one base value, no weights', attributes: [labels(2), base(0.5)] },
    {
      why: 'one base value as tensor',
      attributes: [
        labels(2),
        ids(0, 1),
        attr.tensor('base_values_as_tensor', { dataType: 11, dims: [1n], doubleData: [0.5] }),
      ],
    },
    { why: 'a transform from a function’s caller', attributes: [labels(2), attr.fromCaller('post_transform', 'p')] },
  ])('is refused: $why', ({ attributes }) => {
    expect(verdict('TreeEnsembleClassifier', attributes)).toBe('foreign_memory');
  });

  it.each(['LinearClassifier', 'SVMClassifier'])('is refused as %s', (op) => {
    expect(verdict(op, [attr.ints('classlabels_ints', [0, 1]), post('PROBIT')])).toBe('foreign_memory');
  });
});

describe('a Pad, which may read before its input', () => {
  const padBy = (mode: Attribute[], domain = '') => {
    const report = scan(modelOf({ nodes: [node('Pad', ['x', 'p'], ['y'], mode, domain)], initializers: [pads] }));
    return report.ok ? 'passes' : report.rejection.rule;
  };
  const pads = int64s('p', [0, 1, 0, 1]);

  it('is refused where it wraps around, under either name of its domain', () => {
    expect(padBy([attr.text('mode', 'wrap')])).toBe('foreign_memory');
    expect(padBy([attr.text('mode', 'wrap')], 'ai.onnx')).toBe('foreign_memory');
    expect(padBy([attr.fromCaller('mode', 'm')])).toBe('foreign_memory');
  });

  it.each(['constant', 'reflect', 'edge'])('passes by mode %s', (mode) => {
    expect(padBy([attr.text('mode', mode)])).toBe('passes');
    expect(padBy([])).toBe('passes');
  });
});

describe('its neighbours', () => {
  it.each([
    { why: 'LOGISTIC, two classes', attributes: [labels(2), post('LOGISTIC')] },
    { why: 'no transform', attributes: [labels(2), ids(0, 1)] },
    { why: 'PROBIT, three classes', attributes: [labels(3), post('PROBIT')] },
    {
      why: 'one base value, weights for one class, as XGBoost has it',
      attributes: [labels(2), base(0.5), ids(0, 0, 0)],
    },
    { why: 'two base values', attributes: [labels(2), base(0.5, 0.25), ids(0, 1)] },
    { why: 'one base value, three classes', attributes: [labels(3), base(0.5), ids(0, 1, 2)] },
  ])('pass: $why', ({ attributes }) => {
    expect(verdict('TreeEnsembleClassifier', attributes)).toBe('passes');
  });

  it('pass as operators that are no classifiers', () => {
    expect(verdict('TreeEnsembleRegressor', [post('PROBIT')])).toBe('passes');
  });

  it.each([
    { why: 'packed', write: (values: readonly number[]) => block(8, values.flatMap(varint)) },
    { why: 'one by one', write: (values: readonly number[]) => values.flatMap((id) => int(8, id)) },
  ])('pass by all of their class ids, $why, however they arrive', ({ write }) => {
    const ids = (last: number) => write([...new Array<number>(300).fill(300), last]);
    const bytes = (last: number) =>
      model(
        graph([
          raw({
            op: 'TreeEnsembleClassifier',
            domain: 'ai.onnx.ml',
            attributes: [
              attribute('classlabels_int64s', int(8, 0), int(8, 1)),
              attribute('base_values', fixed32(7)),
              attribute('class_ids', ids(last)),
            ],
          }),
        ]),
      );
    for (const chunkBytes of [1, 7, 10_000]) {
      expect(inChunks(bytes(300), chunkBytes)).toBe('passes');
      expect(inChunks(bytes(301), chunkBytes)).toBe('foreign_memory');
    }
  });
});
