// Tensors whose data lies in other files: read from declared files only, and put back to where they came from.

import { readdirSync, readFileSync } from 'node:fs';
import { clearField, create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  type GraphProto,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from '../../../../lambdas/shared/onnx/generated/onnx-ml_pb.js';
import { readModel } from '../../../../lambdas/shared/onnx/read-model.ts';
import { fillFrom, planRepack, repackExternal } from '../../../../lambdas/shared/onnx/repack-external.ts';
import { createModelScan } from '../../../../lambdas/shared/onnx/scan-model.ts';
import { attribute, block, entry, func, graph, int, model, node, text } from '../../../support/onnx-builder.ts';

const models = new URL('../../../../node_modules/@ricky0123/vad-web/dist/', import.meta.url);
const scanOf = (bytes: Uint8Array, allowExternal = true) => {
  const scan = createModelScan({}, { allowExternal });
  scan.push(bytes);
  return scan.finish();
};

/** Of the graph and of all graphs in it, constants too. */
const tensorsOf = (one: GraphProto | undefined): TensorProto[] => [
  ...(one?.initializer ?? []),
  ...(one?.node ?? []).flatMap(({ attribute: all }) => all.flatMap(({ t, g }) => [...(t ? [t] : []), ...tensorsOf(g)])),
];

/** As exporters split: every tensor of some size into one file, each at a multiple of 64. */
const split = (bytes: Uint8Array, least: number): { model: Uint8Array; weights: Uint8Array; count: number } => {
  const proto = readModel(bytes);
  const pieces: Uint8Array[] = [];
  let offset = 0;
  let count = 0;
  for (const tensor of tensorsOf(proto.graph)) {
    if (tensor.rawData.length < least) continue;
    const padding = (64 - (offset % 64)) % 64;
    pieces.push(new Uint8Array(padding), tensor.rawData);
    offset += padding;
    const entries = { location: 'model.onnx.data', offset: String(offset), length: String(tensor.rawData.length) };
    tensor.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    offset += tensor.rawData.length;
    clearField(tensor, TensorProtoSchema.field.rawData);
    count++;
  }
  return { model: toBinary(ModelProtoSchema, proto), weights: Buffer.concat(pieces), count };
};

describe('a model that an exporter wrote, split by hand', () => {
  const names = readdirSync(models).filter((name) => name.endsWith('.onnx'));

  it('is there', () => expect(names.length).toBeGreaterThan(0));

  it.each(names)('%s is the same model again', (name) => {
    const whole = readFileSync(new URL(name, models));
    const { model: bytes, weights, count } = split(whole, 4);
    expect(count).toBeGreaterThan(10);
    expect(scanOf(bytes, false)).toMatchObject({ ok: false, rejection: { rule: 'external_data' } });
    const repacked = repackExternal(bytes, new Map([['model.onnx.data', weights]]));
    expect(scanOf(repacked, false).ok).toBe(true);
    // A field's place in a message does not count: both are written anew, in one order.
    const written = (one: Uint8Array) => Buffer.from(toBinary(ModelProtoSchema, readModel(one)));
    expect(written(repacked).equals(written(whole))).toBe(true);
  });
});

const FLOATS = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
type Entries = readonly (readonly [string, string])[];
const external = (entries: Entries, ...more: readonly (readonly number[])[]) => [
  ...int(1, 2),
  ...int(2, 1),
  ...text(8, 'w'),
  ...entries.flatMap(([key, value]) => block(13, entry(key, value))),
  ...int(14, 1),
  ...more.flat(),
];
const withInitializer = (tensor: readonly number[]) => model(graph([node()], block(5, tensor)));
const plain = [...int(1, 2), ...int(2, 1), ...text(8, 'w'), ...block(9, FLOATS)];
const files = new Map([['w.bin', FLOATS]]);

describe('external data', () => {
  it.each([
    {
      why: 'offset and length',
      entries: [
        ['location', 'w.bin'],
        ['offset', '0'],
        ['length', '8'],
      ] as Entries,
    },
    { why: 'the place alone', entries: [['location', 'w.bin']] as Entries },
    {
      why: 'a checksum, too',
      entries: [
        ['location', 'w.bin'],
        ['checksum', 'ab'],
      ] as Entries,
    },
  ])('stated by $why becomes what a plain tensor is', ({ entries }) => {
    expect(repackExternal(withInitializer(external(entries)), files)).toEqual(withInitializer(plain));
  });

  it('of a constant in a branch of a branch is found, and lengths around it grow', () => {
    const nested = (tensor: readonly number[]) => {
      const constant = node({ op: 'Constant', attributes: [attribute('value', block(5, tensor), int(20, 4))] });
      const inner = node({ op: 'If', attributes: [attribute('then_branch', block(6, graph([constant])), int(20, 5))] });
      return model(
        graph([node({ op: 'If', attributes: [attribute('else_branch', block(6, graph([inner])), int(20, 5))] })]),
      );
    };
    expect(repackExternal(nested(external([['location', 'w.bin']])), files)).toEqual(nested(plain));
  });

  it('is filled from chunks of any size', () => {
    const bytes = withInitializer(external([['location', 'w.bin']]));
    const report = scanOf(bytes);
    if (!report.ok) throw new Error(report.rejection.message);
    const plan = planRepack(bytes, report.externals);
    const fill = fillFrom(plan, 'w.bin');
    for (const byte of FLOATS) fill(Uint8Array.of(byte));
    expect(plan.bytes).toEqual(withInitializer(plain));
  });

  it('of several tensors may lie in one place', () => {
    const named = (name: string, data: readonly number[]) => [...int(1, 2), ...int(2, 1), ...text(8, name), ...data];
    const two = (data: readonly number[]) =>
      model(graph([node()], block(5, named('a', data)), block(5, named('b', data))));
    const outside = [...block(13, entry('location', 'w.bin')), ...int(14, 1)];
    expect(repackExternal(two(outside), files)).toEqual(two(block(9, FLOATS)));
  });

  it.each([
    { why: 'a file that was not declared', entries: [['location', 'other.bin']] as Entries, rule: 'external_location' },
    { why: 'a folder above', entries: [['location', '../w.bin']] as Entries, rule: 'external_location' },
    { why: 'the same file by another path', entries: [['location', './w.bin']] as Entries, rule: 'external_location' },
    { why: 'an absolute path', entries: [['location', '/etc/passwd']] as Entries, rule: 'external_location' },
    { why: 'the model itself', entries: [['location', 'model.onnx']] as Entries, rule: 'external_location' },
    { why: 'no file', entries: [] as Entries, rule: 'external_location' },
    {
      why: 'two files',
      entries: [
        ['location', 'w.bin'],
        ['location', 'w.bin'],
      ] as Entries,
      rule: 'external_location',
    },
    {
      why: 'a key that ONNX does not have',
      entries: [
        ['location', 'w.bin'],
        ['basepath', '/'],
      ] as Entries,
      rule: 'external_location',
    },
    {
      why: 'bytes behind the end',
      entries: [
        ['location', 'w.bin'],
        ['offset', '1'],
      ] as Entries,
      rule: 'external_range',
    },
    {
      why: 'an offset below 0',
      entries: [
        ['location', 'w.bin'],
        ['offset', '-8'],
      ] as Entries,
      rule: 'external_range',
    },
    {
      why: 'an offset of 2^64',
      entries: [
        ['location', 'w.bin'],
        ['offset', '18446744073709551616'],
      ] as Entries,
      rule: 'external_range',
    },
    {
      why: 'fewer bytes than the tensor has',
      entries: [
        ['location', 'w.bin'],
        ['length', '4'],
      ] as Entries,
      rule: 'external_range',
    },
    {
      why: 'more bytes than the tensor has',
      entries: [
        ['location', 'w.bin'],
        ['length', '16'],
      ] as Entries,
      rule: 'external_range',
    },
  ])('in $why is refused', ({ entries, rule }) => {
    const bytes = withInitializer(external(entries));
    const report = scanOf(bytes);
    const refused = report.ok
      ? () => repackExternal(bytes, files)
      : () => {
          throw Object.assign(new Error(report.rejection.message), report.rejection);
        };
    expect(refused).toThrow(
      expect.objectContaining({ rule, path: 'graph.initializer[0]', offset: expect.any(Number) }),
    );
  });

  it.each([
    {
      why: 'beside data in the file',
      bytes: withInitializer(external([['location', 'w.bin']], block(9, FLOATS))),
      rule: 'tensor_size',
    },
    {
      why: 'of a tensor that says its data is inside',
      bytes: withInitializer([...plain, ...block(13, entry('location', 'w.bin'))]),
      rule: 'external_data',
    },
    {
      why: 'of strings',
      bytes: withInitializer([
        ...int(1, 2),
        ...int(2, 8),
        ...text(8, 'w'),
        ...block(13, entry('location', 'w.bin')),
        ...int(14, 1),
      ]),
      rule: 'tensor_type',
    },
    {
      why: 'in a function',
      bytes: model(
        graph([node({ op: 'f', domain: 'mine' })]),
        block(
          25,
          func('f', [
            node({
              op: 'Constant',
              attributes: [attribute('value', block(5, external([['location', 'w.bin']])), int(20, 4))],
            }),
          ]),
        ),
      ),
      rule: 'external_data',
    },
    {
      why: 'at an address in memory',
      bytes: withInitializer(external([['location', '*/_ORT_MEM_ADDR_/*']])),
      rule: 'memory_marker',
    },
  ])('$why is refused by the scan', ({ bytes, rule }) => {
    expect(scanOf(bytes)).toMatchObject({ ok: false, rejection: { rule } });
  });
});
