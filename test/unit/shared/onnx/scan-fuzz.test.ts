// Whatever bytes come, the scan ends soon in a verdict of its own, and the verdict does not depend on how they came.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { editedSize, splice } from '../../../../lambdas/shared/onnx/edit-bytes.ts';
import { scanRules } from '../../../../lambdas/shared/onnx/rejection.ts';
import { createModelScan, type ScanReport } from '../../../../lambdas/shared/onnx/scan-model.ts';
import { attribute, block, entry, floats, func, graph, int, model, node } from '../../../support/onnx-builder.ts';

const demo = (name: string) => readFileSync(new URL(`../../../../local/demo/models/${name}.onnx`, import.meta.url));

/** One model with a bit of everything, so that mutations meet every kind of message. */
const everything = model(
  graph(
    [
      node({
        op: 'If',
        attributes: [attribute('then_branch', block(6, graph())), attribute('t', block(5, floats('t', [2, 2])))],
      }),
      node({ op: 'f', domain: 'mine' }),
    ],
    block(5, floats('w', [3])),
    block(16, entry('key', 'value')),
  ),
  block(25, func('f', [node()])),
  block(14, entry('author', 'nobody')),
);
const seeds = [everything, demo('iris'), demo('diabetes'), demo('breast-cancer'), demo('wine').subarray(0, 4000)];

const scan = (bytes: Uint8Array, chunkBytes: number): ScanReport => {
  const running = createModelScan();
  for (let at = 0; at < bytes.length; at += chunkBytes) running.push(bytes.subarray(at, at + chunkBytes));
  return running.finish();
};

const check = (bytes: Uint8Array, chunkBytes: number) => {
  const report = scan(bytes, Math.max(1, bytes.length));
  expect(scan(bytes, chunkBytes)).toEqual(report);
  if (report.ok) return;
  const { rule, message, offset, path } = report.rejection;
  expect(Object.keys(scanRules)).toContain(rule);
  expect(message.length).toBeGreaterThan(0);
  expect(message.length).toBeLessThan(2000);
  expect(path).toMatch(/^([a-z_]+(\[\d+\])?(\.[a-z_]+(\[\d+\])?)*)?$/);
  expect(offset).toBeGreaterThanOrEqual(0);
  expect(offset).toBeLessThanOrEqual(bytes.length);
};

type Mutation = { readonly at: number; readonly bytes: Uint8Array; readonly drop: number };

const mutation = fc.record<Mutation>({
  at: fc.nat(1_000_000),
  bytes: fc.uint8Array({ maxLength: 6 }),
  drop: fc.nat(6),
});

const mutate = (bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array =>
  mutations.reduce<Uint8Array>((before, { at, bytes: added, drop }) => {
    const from = at % (before.length + 1);
    return Buffer.concat([before.subarray(0, from), added, before.subarray(from + drop)]);
  }, bytes);

it('ends in a verdict on good models with stretches replaced, left out and put in', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 300 }),
      (seed, mutations, chunkBytes) => check(mutate(seed, mutations), chunkBytes),
    ),
    { numRuns: 2_000, seed: 20_261_123 },
  );
});

it('ends in a verdict on good models with single bits flipped', () => {
  for (let bit = 0; bit < everything.length * 8; bit++) {
    const bytes = Uint8Array.from(everything);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    check(bytes, 5);
  }
});

it('ends in a verdict on bytes that were never a model', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (bytes, chunkBytes) =>
      check(bytes, chunkBytes),
    ),
    { numRuns: 1_000, seed: 20_261_123 },
  );
});

it.each([
  { why: 'empty messages', field: block(13, []) },
  { why: 'empty names of a node', field: block(1, block(1, [])) },
  { why: 'metadata', field: block(16, entry('', '')) },
])('is done soon with megabytes of $why', ({ field }) => {
  const many = Buffer.concat(new Array(Math.floor((8 << 20) / field.length)).fill(Buffer.from(field)));
  const head = [...int(1, 10), 7 * 8 + 2, ...int(7, many.length).slice(1)];
  const startedMs = performance.now();
  expect(scan(Buffer.concat([Buffer.from(head), many]), 1 << 16).ok).toBe(false);
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});

it('splices a stream as if it were whole, wherever its chunks part', () => {
  const edits = fc
    .uniqueArray(fc.nat(199), { minLength: 0, maxLength: 8 })
    .map((points) => points.sort((a, b) => a - b))
    .chain((points) =>
      fc.tuple(
        ...points.map((start, i) =>
          fc.record({
            start: fc.constant(start),
            end: fc.integer({ min: start + 1, max: points[i + 1] ?? 200 }),
            bytes: fc.uint8Array({ maxLength: 9 }),
          }),
        ),
      ),
    );
  const file = Uint8Array.from({ length: 200 }, (_, i) => i);
  fc.assert(
    fc.property(edits, fc.integer({ min: 1, max: 210 }), (list, chunkBytes) => {
      const naive: number[] = [];
      for (let at = 0; at < file.length; ) {
        const edit = list.find(({ start }) => start === at);
        naive.push(...(edit ? edit.bytes : [at]));
        at = edit?.end ?? at + 1;
      }
      const spliced = splice(list);
      const parts: number[] = [];
      for (let at = 0; at < file.length; at += chunkBytes) {
        for (const part of spliced.push(file.subarray(at, at + chunkBytes))) parts.push(...part);
      }
      expect(parts).toEqual(naive);
      expect(editedSize(file.length, list)).toBe(naive.length);
    }),
    { numRuns: 500, seed: 7 },
  );
});
