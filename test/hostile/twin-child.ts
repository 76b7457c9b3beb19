// The process in which models run one after the other, until one ends it: `node twin-child.ts <file> <first>`. The file
// holds each model after its length (uint32, little-endian); each line on stdout tells of one, before and after.
import { createHash } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { onnxruntime } from '../../lambdas/inference/adapters/onnxruntime.ts';
import { exampleBytes, exampleInputs, exampleShapes } from '../../lambdas/inference/domain/example-inputs.ts';
import { ModelRefusal } from '../../lambdas/inference/domain/model-refusal.ts';
import { elementBytes, type Tensor } from '../../lambdas/inference/domain/tensor.ts';
import type { RuntimeTensor, Session } from '../../lambdas/inference/ports.ts';
import { seededRandom } from '../../lambdas/shared/numeric/seeded-random.ts';
import type { Signature } from '../../lambdas/shared/onnx/signature.ts';
import { leakedBytes } from './canaries.ts';
import type { TwinWords } from './twin-words.ts';

const MOST_INPUT_BYTES = 4_194_304;

const say = (words: TwinWords) => writeSync(1, `${JSON.stringify(words)}\n`);

const modelsIn = (file: string): Uint8Array[] => {
  const bytes = readFileSync(file);
  const models: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at);
    models.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return models;
};

/** Small numbers of both signs where elements are numbers of 4 or 8 bytes; the model's own index decides. */
const seededInputs = (inputs: readonly Tensor[], seed: number): Tensor[] => {
  const random = seededRandom(seed);
  return inputs.map((tensor) => {
    const { datatype, data } = tensor;
    const count = data.length / (elementBytes[datatype] || data.length || 1);
    const numbers = Array.from({ length: count }, () => random.normal() * 2);
    if (datatype === 'FP32') return { ...tensor, data: new Uint8Array(Float32Array.from(numbers).buffer) };
    if (datatype === 'FP64') return { ...tensor, data: new Uint8Array(Float64Array.from(numbers).buffer) };
    if (datatype !== 'INT64') return tensor;
    return { ...tensor, data: new Uint8Array(BigInt64Array.from(numbers, (n) => BigInt(Math.round(n))).buffer) };
  });
};

/** As the runtime sees it: nothing here is the scanner's to tell. */
const signatureOf = ({ inputs, outputs }: Session): Signature => {
  const withDims = (tensor: RuntimeTensor) => ({
    ...tensor,
    dims: tensor.shape.map((size) => (size === -1 ? null : size)),
  });
  return { inputs: inputs.map(withDims), outputs: outputs.map(withDims) };
};

const feedsFor = (signature: Signature, seed: number): Tensor[][] => {
  const [shapes = []] = exampleShapes(signature);
  if (exampleBytes(signature, shapes) > MOST_INPUT_BYTES) return [];
  const rows = shapes.map((shape, index) =>
    signature.inputs[index]?.shape[0] === -1 ? [3, ...shape.slice(1)] : shape,
  );
  const ones = exampleInputs(signature, rows, 1);
  return [exampleInputs(signature, shapes, 0), exampleInputs(signature, shapes, 1), seededInputs(ones, seed)];
};

const runOne = async (model: Uint8Array, index: number): Promise<Omit<TwinWords, 'index' | 'began'>> => {
  const hash = createHash('sha256');
  let [ranCount, leaked] = [0, 0];
  try {
    const session = await onnxruntime({ threadCount: 1 }).load(model);
    const names = session.outputs.map(({ name }) => name);
    for (const feeds of feedsFor(signatureOf(session), index)) {
      try {
        for (const { shape, data } of await session.run(feeds, names)) {
          hash.update(`${shape.join('×')};`).update(data);
          leaked += leakedBytes(data);
        }
        ranCount++;
      } catch (fault) {
        if (!(fault instanceof ModelRefusal)) throw fault;
        hash.update('refused;');
      }
    }
    await session.release();
  } catch (fault) {
    if (!(fault instanceof ModelRefusal)) throw fault;
  }
  return { ended: ranCount > 0 ? 'ran' : 'refused', outputs: hash.digest('hex'), leaked };
};

const main = async ([file = '', first = '0']: readonly string[]) => {
  const models = modelsIn(file);
  for (let index = Number(first); index < models.length; index++) {
    say({ index, began: true });
    say({ index, ...(await runOne(models[index] ?? new Uint8Array(0), index)) });
  }
};

await main(process.argv.slice(2));
// Threads of the runtime must not keep the process.
process.exit(0);
