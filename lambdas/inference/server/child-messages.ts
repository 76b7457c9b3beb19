// The headers of the frames between server and child processes, and the tensors in their bodies.
import * as z from 'zod';
import { datatypes } from '../../shared/onnx/signature.ts';
import type { Tensor } from '../domain/tensor.ts';

const tensorHeader = z.object({
  name: z.string(),
  datatype: z.enum(datatypes),
  shape: z.array(z.number().int().min(0)),
  /** Of its data in the body, which follow each other. */
  bytes: z.number().int().min(0),
});
type TensorHeader = z.output<typeof tensorHeader>;

/** A model as a file that the child may read. */
const modelFile = z.object({ sha256: z.string(), sizeBytes: z.number().int().min(1), path: z.string() });
export type ModelFile = z.output<typeof modelFile>;

/** Server to child, once. */
export const childStart = z.object({
  kind: z.literal('start'),
  sessionBytes: z.number(),
  /** Outputs beyond are not sent. */
  outputBytes: z.number(),
});

/** Server to child. */
export const runHeader = z.object({
  kind: z.literal('run'),
  id: z.number().int(),
  model: modelFile,
  inputs: z.array(tensorHeader),
  outputs: z.array(z.string()),
});

/** What a child holds, as it says itself. */
const held = z.object({
  sessionCount: z.number().int().min(0),
  heldBytes: z.number().min(0),
  loadCount: z.number().int().min(0),
  releaseCount: z.number().int().min(0),
});
export type ChildHeld = z.output<typeof held>;

/** Child to server: that it is there, and an answer for each run, in the order of the runs. */
export const childWords = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({
    kind: z.literal('outputs'),
    id: z.number().int(),
    outputs: z.array(tensorHeader),
    loadMs: z.number().min(0),
    runMs: z.number().min(0),
    held,
  }),
  z.object({ kind: z.literal('failed'), id: z.number().int(), message: z.string().max(2000), held }),
  z.object({ kind: z.literal('too_large'), id: z.number().int(), bytes: z.number().int().min(0), held }),
  z.object({ kind: z.literal('fault'), id: z.number().int(), message: z.string().max(2000), held }),
]);
export type ChildWords = z.output<typeof childWords>;

/** Server to a process that proves: one model. */
export const proveHeader = z.object({ kind: z.literal('prove'), model: modelFile });

/** What that process says: of the graph before any of the runtime's code has run, then of the trial runs. */
export const proofWords = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('graph'), rowWise: z.boolean(), reason: z.string().max(2000).optional() }),
  z.object({
    kind: z.literal('trial'),
    alike: z.boolean(),
    exact: z.boolean(),
    reason: z.string().max(2000).optional(),
  }),
]);

export const tensorHeaders = (tensors: readonly Tensor[]): TensorHeader[] =>
  tensors.map(({ name, datatype, shape, data }) => ({ name, datatype, shape: [...shape], bytes: data.length }));

export const tensorBodies = (tensors: readonly Tensor[]): Uint8Array[] => tensors.map(({ data }) => data);

/** @returns views of the body; undefined when it is not as long as the headers say */
export const readTensors = (headers: readonly TensorHeader[], body: Buffer): Tensor[] | undefined => {
  let at = 0;
  const tensors = headers.map(({ bytes, ...tensor }): Tensor => {
    const data = body.subarray(at, at + bytes);
    at += bytes;
    return { ...tensor, data };
  });
  return at === body.length ? tensors : undefined;
};
