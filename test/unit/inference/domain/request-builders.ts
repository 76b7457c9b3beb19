// Bodies and signatures for the codec's tests, and how a call was refused.
import { DomainError } from '../../../../lambdas/shared/kernel/errors.ts';
import type { Datatype, Signature } from '../../../../lambdas/shared/onnx/signature.ts';

export const bytesOfJson = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** One input `x` of open dimensions, one output. */
export const signatureFor = (datatype: Datatype, rank: number): Signature => {
  const spec = { datatype, shape: new Array(rank).fill(-1), dims: new Array(rank).fill(null) };
  return { inputs: [{ name: 'x', ...spec }], outputs: [{ name: 'x', datatype: 'FP32', shape: [-1], dims: [null] }] };
};

/** The code that the call is refused with, or `accepted`; other faults are the test's. */
export const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (fault) {
    if (fault instanceof DomainError) return fault.code;
    throw fault;
  }
  return 'accepted';
};

export const messageOf = (call: () => unknown): string => {
  try {
    call();
  } catch (fault) {
    if (fault instanceof DomainError) return fault.message;
    throw fault;
  }
  return 'accepted';
};
