// Bytes that are no ONNX, texts without end, and the bounds on how much there may be.
import { describe, expect, it } from 'vitest';
import { modelBounds } from '../../../../lambdas/shared/onnx/bounds.ts';
import { scanRules } from '../../../../lambdas/shared/onnx/rejection.ts';
import { createModelScan } from '../../../../lambdas/shared/onnx/scan-model.ts';
import {
  attribute,
  block,
  entry,
  floats,
  func,
  graph,
  int,
  model,
  node,
  tensorType,
  text,
  value,
  varint,
} from '../../../support/onnx-builder.ts';
import { nodeWith, refuses, scan, within } from './refuses.ts';

describe('names and texts', () => {
  const long = 'n'.repeat(modelBounds.nameBytes + 1);
  refuses([
    {
      why: 'a name that is not UTF-8',
      rule: 'invalid_name',
      bytes: model(graph([[...block(1, [0xff, 0xfe]), ...text(4, 'Identity')]])),
      path: 'graph.node[0]',
    },
    {
      why: 'an overlong UTF-8 sequence',
      rule: 'invalid_name',
      bytes: model(graph([[...block(1, [0xc0, 0x80]), ...text(4, 'Identity')]])),
    },
    { why: 'too long a name', rule: 'name_too_long', bytes: model(graph([node({ input: long })])) },
    {
      why: 'too long a documentation',
      rule: 'text_too_long',
      bytes: model(graph(), block(6, new Uint8Array(modelBounds.docBytes + 1))),
    },
    {
      why: 'too many attributes',
      rule: 'too_many',
      bytes: model(
        nodeWith(...Array.from({ length: modelBounds.attributesPerNode + 1 }, (_, i) => attribute(`a${i}`, int(3, 1)))),
      ),
    },
    {
      why: 'too many inputs of a node',
      rule: 'too_many',
      bytes: model(graph([[...new Array(modelBounds.valuesPerNode + 1).fill(text(1, 'x')).flat(), ...text(4, 'Sum')]])),
    },
  ]);
});

describe('bytes that are no ONNX', () => {
  const good = model();
  refuses([
    { why: 'a text', rule: 'malformed', bytes: Buffer.from('this is not a model, whatever its name says') },
    { why: 'zeros', rule: 'malformed', bytes: new Uint8Array(64) },
    { why: 'nothing', rule: 'unsupported_ir', bytes: new Uint8Array(0) },
    { why: 'half of a model', rule: 'malformed', bytes: good.subarray(0, good.length >> 1) },
    { why: 'a model without its last byte', rule: 'malformed', bytes: good.subarray(0, -1) },
    { why: 'a tag that ends the file', rule: 'malformed', bytes: Uint8Array.of(...good, 0x08 | 0x80) },
    { why: 'bytes left over', rule: 'malformed', bytes: Uint8Array.of(...good, 0, 0) },
    { why: 'a number of eleven bytes', rule: 'malformed', bytes: Uint8Array.of(0x08, ...new Array(10).fill(0xff), 1) },
    { why: 'a number of 70 bits', rule: 'malformed', bytes: Uint8Array.of(0x08, ...new Array(9).fill(0xff), 2) },
    { why: 'a padded number', rule: 'malformed', bytes: Uint8Array.of(0x08, 0x8a, 0x00) },
    { why: 'a padded tag', rule: 'malformed', bytes: Uint8Array.of(0x88, 0x00, 0x0a) },
    { why: 'a length past the end of its message', rule: 'malformed', bytes: model([...varint(1 * 8 + 2), 100]) },
    { why: 'a number past the end of its message', rule: 'malformed', bytes: model(block(5, [0x10, 0x80])) },
    { why: 'a group', rule: 'malformed', bytes: Uint8Array.of(0x0b, 0x0c) },
    { why: 'field 0', rule: 'malformed', bytes: Uint8Array.of(0x02, 0x00) },
    { why: 'a number where a message belongs', rule: 'malformed', bytes: Uint8Array.from(int(7, 1)) },
    { why: 'a message where a number belongs', rule: 'malformed', bytes: Uint8Array.from(block(1, [1])) },
    {
      why: 'packed floats of three bytes',
      rule: 'malformed',
      bytes: model(nodeWith(attribute('a', block(7, [1, 2, 3])))),
    },
    {
      why: 'packed numbers that end within one',
      rule: 'malformed',
      bytes: model(nodeWith(attribute('a', block(8, [1, 0x80])))),
    },
    { why: 'two graphs', rule: 'repeated_field', bytes: model(graph(), block(7, graph())) },
    { why: 'two versions', rule: 'repeated_field', bytes: model(graph(), int(1, 10)), path: '' },
    {
      why: 'two types of one value',
      rule: 'repeated_field',
      bytes: model(within(block(13, value('v', [...tensorType(1), ...block(4, block(1, tensorType(1)))])))),
    },
    {
      why: 'a size that is number and name',
      rule: 'repeated_field',
      bytes: model(within(block(13, value('v', block(1, block(2, block(1, int(1, 3), text(2, 'n')))))))),
    },
    { why: 'a field that ONNX does not have', rule: 'unknown_field', bytes: model(graph(), text(30, 'x')) },
    { why: 'a field number beyond all', rule: 'unknown_field', bytes: model(graph(), text(5000, 'x')) },
  ]);
});

it('refuses a file above the bound as too_large, wherever it ends', () => {
  const running = createModelScan({ modelBytes: 100 });
  running.push(model().subarray(0, 60));
  running.push(new Uint8Array(60));
  expect(running.finish()).toMatchObject({ ok: false, rejection: { rule: 'too_large' } });
});

it('keeps its first verdict, whatever comes after', () => {
  const running = createModelScan();
  running.push(Uint8Array.of(0x02, 0x00));
  running.push(model());
  expect(running.finish()).toMatchObject({ ok: false, rejection: { rule: 'malformed', offset: 0 } });
});

it('bounds all names together', () => {
  const running = createModelScan({ namesBytes: 100 });
  running.push(model(graph(new Array(60).fill(node()))));
  expect(running.finish()).toMatchObject({ ok: false, rejection: { rule: 'name_too_long' } });
});

it.each([
  { bound: { initializers: 1 }, bytes: model(graph([node()], block(5, floats('a', [1])), block(5, floats('b', [1])))) },
  { bound: { messages: 14 }, bytes: model() },
  { bound: { functions: 1 }, bytes: model(graph(), block(25, func('f', [])), block(25, func('g', []))) },
  { bound: { metadataEntries: 1 }, bytes: model(graph(), block(14, entry('a', 'b')), block(14, entry('c', 'd'))) },
  { bound: { graphValues: 1 }, bytes: model(within(block(11, value('z', tensorType(1, [1]))))) },
  { bound: { opsetImports: 1 }, bytes: model(graph(), block(8, text(1, 'other'), int(2, 1))) },
])('refuses one more than $bound', ({ bound, bytes }) => {
  const running = createModelScan(bound);
  running.push(bytes);
  expect(running.finish()).toMatchObject({ ok: false, rejection: { rule: 'too_many' } });
  expect(scan(bytes)).toMatchObject({ ok: true });
});

it('says what each of its rules means', () => {
  for (const [rule, meaning] of Object.entries(scanRules)) {
    expect(rule).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(meaning).toMatch(/\.$/);
  }
});
