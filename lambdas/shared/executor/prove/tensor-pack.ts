// The tensors of several calls as bytes, on their way to where a model may be tried and back.
//
//   0          4                 8 × n
//   ┌──────────┬─────────────────┬────────┬────────┬───
//   │ length   │ outline: JSON,  │ tensor │ tensor │ …   each padded to a multiple of 8
//   │ (uint32) │ padded          │        │        │
//   └──────────┴─────────────────┴────────┴────────┴───
//   outline: { calls: [{ timed, tensors: [{ name, datatype, shape, size in bytes }] | null }] }
import * as z from 'zod';
import { datatypes } from '../../onnx/signature.ts';
import type { BinaryTensor } from './binary-tensor.ts';

export interface PackedCall {
  /** Inputs: whether the run's time is asked for. */
  readonly timed: boolean;
  /** null: an answer that was refused. */
  readonly tensors: readonly BinaryTensor[] | null;
}

const ALIGNMENT = 8;
const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

const outline = z.object({
  calls: z
    .array(
      z.object({
        timed: z.boolean(),
        tensors: z
          .array(
            z.object({
              name: z.string(),
              datatype: z.enum(datatypes),
              shape: z.array(z.number().int().min(0)).max(64),
              size: z.number().int().min(0),
            }),
          )
          .nullable(),
      }),
    )
    .max(1024),
});

export const packCalls = (calls: readonly PackedCall[]): Uint8Array => {
  const tensors = calls.flatMap((call) => call.tensors ?? []);
  const text = JSON.stringify({
    calls: calls.map((call) => ({
      timed: call.timed,
      tensors:
        call.tensors?.map(({ name, datatype, shape, data }) => ({ name, datatype, shape, size: data.length })) ?? null,
    })),
  });
  const json = new TextEncoder().encode(text);
  const start = padded(4 + json.length);
  const bytes = new Uint8Array(tensors.reduce((at, { data }) => at + padded(data.length), start));
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.fill(0x20, 4, start);
  bytes.set(json, 4);
  let at = start;
  for (const { data } of tensors) {
    bytes.set(data, at);
    at += padded(data.length);
  }
  return bytes;
};

/** @returns undefined when the bytes are no pack: they may come from whoever is being tried. Tensors lie in `bytes`. */
export const unpackCalls = (bytes: Uint8Array): PackedCall[] | undefined => {
  if (bytes.length < 4) return undefined;
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (start > bytes.length) return undefined;
  const parsed = outline.safeParse(parseJson(new TextDecoder().decode(bytes.subarray(4, start))));
  if (!parsed.success) return undefined;
  let at = start;
  const calls = parsed.data.calls.map(({ timed, tensors }) => ({
    timed,
    tensors:
      tensors?.map(({ name, datatype, shape, size }): BinaryTensor => {
        const data = bytes.subarray(at, at + size);
        at += padded(size);
        return { name, datatype, shape, data };
      }) ?? null,
  }));
  // What was cut short has shorter tensors than it says.
  return at === bytes.length ? calls : undefined;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
