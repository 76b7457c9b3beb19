// What `infer` sends to a `run-*` function, and what that tells back. Tensors travel as base64 of their bytes.
import { z } from 'zod';
import { DomainError } from '../../shared/kernel/errors.ts';
import { datatypes } from '../../shared/onnx/signature.ts';
import type { RunJob, RunOutcome } from '../ports.ts';
import { checkTensorData, elementCount, MAX_ELEMENTS, type Tensor } from './tensor.ts';

/** Lambda takes and gives 6 MiB; the rest is room for names, shapes and the gateway's part. */
export const MESSAGE_LIMIT_BYTES = 5_900_000;

const tensorMessage = z.object({
  name: z.string(),
  datatype: z.enum(datatypes),
  shape: z.array(z.number().int().min(0)),
  base64: z.string(),
});

export const runRequest = z.object({
  artifact: z.object({
    key: z.string().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    sizeBytes: z.number().int().min(1),
  }),
  inputs: z.array(tensorMessage),
  outputs: z.array(z.string()).min(1),
});
export type RunRequest = z.output<typeof runRequest>;

/** `ours`: a fault of the platform, told so that the function itself lives on; the log has it. */
export const runAnswer = z.union([
  z.object({ ok: z.literal(true), outputs: z.array(tensorMessage), loadMs: z.number(), runMs: z.number() }),
  z.object({ ok: z.literal(false), fault: z.literal('model_failed'), message: z.string() }),
  z.object({ ok: z.literal(false), fault: z.literal('ours'), message: z.string() }),
  z.object({ ok: z.literal(false), fault: z.literal('output_too_large'), bytes: z.number() }),
]);
export type RunAnswer = z.output<typeof runAnswer>;

const base64Bytes = (bytes: number) => Math.ceil(bytes / 3) * 4;

/** Bytes that the tensors take in a message, names and shapes left out. */
export const messageBytes = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, tensor) => sum + base64Bytes(tensor.data.length), 0);

const toMessage = ({ name, datatype, shape, data }: Tensor) => ({
  name,
  datatype,
  shape: [...shape],
  base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
});

const fromMessage = ({ base64, ...tensor }: z.output<typeof tensorMessage>): Tensor => ({
  ...tensor,
  data: Buffer.from(base64, 'base64'),
});

export const encodeRunRequest = (job: RunJob): RunRequest => ({
  artifact: job.artifact,
  inputs: job.inputs.map(toMessage),
  outputs: [...job.outputs],
});

export const decodeInputs = (request: RunRequest): Tensor[] => request.inputs.map(fromMessage);

/** @returns the outputs, or that they do not fit into an answer */
export const encodeOutputs = (outputs: readonly Tensor[], times: { loadMs: number; runMs: number }): RunAnswer => {
  const bytes = messageBytes(outputs);
  if (bytes > MESSAGE_LIMIT_BYTES) return { ok: false, fault: 'output_too_large', bytes };
  return { ok: true, outputs: outputs.map(toMessage), ...times };
};

/** The process that ran the graph is not to be trusted. @returns what is wrong with an output, undefined when nothing */
const outputFault = (output: Tensor): string | undefined => {
  const label = `output '${output.name.slice(0, 64)}'`;
  const elements = elementCount(output.shape);
  if (elements === undefined) return `${label} must have sizes that multiply to at most ${MAX_ELEMENTS}`;
  try {
    checkTensorData(label, output, elements);
    return undefined;
  } catch (fault) {
    if (fault instanceof DomainError) return fault.message;
    throw fault;
  }
};

/** @throws Error when the run function met a fault of ours */
export const decodeRunAnswer = (answer: RunAnswer): RunOutcome => {
  if (answer.ok) {
    const outputs = answer.outputs.map(fromMessage);
    const message = outputs.map(outputFault).find((fault) => fault !== undefined);
    return message === undefined ? { ...answer, outputs } : { ok: false, fault: 'model_failed', message };
  }
  if (answer.fault === 'ours') throw new Error(`the run function failed: ${answer.message}`);
  return answer;
};
