// The good models that are mutated: the demo's, those the executor is proven with, one for each operator, and a
// speech model of a package.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TypeProtoSchema } from '../../../lambdas/shared/onnx/generated/onnx-ml_pb.js';
import { createModelScan } from '../../../lambdas/shared/onnx/scan-model.ts';
import { type GoldenCase, goldenCases } from '../../support/executor-golden.ts';

export interface GoodModel {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const require = createRequire(import.meta.url);

const modelsIn = (folder: string): GoodModel[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.onnx'))
    .sort()
    .map((file) => ({ name: file.replace('.onnx', ''), bytes: new Uint8Array(readFileSync(join(folder, file))) }));

const elementTypes: Readonly<Record<string, number>> = { FP32: 1, INT32: 6, INT64: 7, BYTES: 8, BOOL: 9, FP64: 11 };

/** The goldens' outputs have no type of their own, which the scanner asks for: they get that of their values. */
const withOutputTypes = ({ model, runs }: GoldenCase): Uint8Array => {
  const message = fromBinary(ModelProtoSchema, model);
  const outputs = runs.find(({ outputs: told }) => told)?.outputs ?? {};
  for (const output of message.graph?.output ?? []) {
    const elemType = elementTypes[outputs[output.name]?.datatype ?? ''];
    if (elemType !== undefined) {
      output.type = create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType } } });
    }
  }
  return toBinary(ModelProtoSchema, message);
};

const passes = ({ bytes }: GoodModel): boolean => {
  const scan = createModelScan();
  scan.push(bytes);
  return scan.finish().ok;
};

export interface GoodModels {
  /** Of which most mutations are made. */
  readonly small: readonly GoodModel[];
  /** A few of these, for they take long. */
  readonly large: readonly GoodModel[];
}

const LARGE_BYTES = 262_144;

export const goodModels = (): GoodModels => {
  const speech = dirname(require.resolve('@ricky0123/vad-web/package.json'));
  const all = [
    ...modelsIn(join(root, 'local/demo/models')),
    ...modelsIn(join(root, 'test/golden/executor/models')),
    ...goldenCases().map((golden) => ({ name: golden.name, bytes: withOutputTypes(golden) })),
    ...modelsIn(join(speech, 'dist')),
  ].filter(passes);
  return {
    small: all.filter(({ bytes }) => bytes.length <= LARGE_BYTES),
    large: all.filter(({ bytes }) => bytes.length > LARGE_BYTES),
  };
};
