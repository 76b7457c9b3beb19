// `examples.json` of a version: calls that its publisher wrote down, each held against the signature.
import { readInputs, readJson } from '../../inference/gateway.ts';
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Signature } from '../../shared/onnx/signature.ts';
import type { Rejection } from '../contract.ts';
import type { RejectionRule } from '../domain/rejection-rules.ts';
import { EXAMPLE_COUNT_LIMIT, EXAMPLES_FILE } from '../terms.ts';

/** A call, as it is tried. */
export interface Example {
  readonly name: string;
  /** In the signature's order. */
  readonly inputs: ReturnType<typeof readInputs>;
}

const NAME = /^\P{C}{1,100}$/u;

class Misfit extends Error {
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

/** @returns why it is refused: `element` is a JSON pointer into the file */
export const refuseExamples = (pointer: string, message: string): Rejection => {
  const rule: RejectionRule = 'examples';
  return { rule, message, path: EXAMPLES_FILE, element: pointer };
};

/** @param text - of the file, which is JSON */
export const readExamples = (text: string, signature: Signature): Example[] | { readonly rejection: Rejection } => {
  try {
    const list = readJson(text.replace(/^\uFEFF/, ''));
    if (!Array.isArray(list) || list.length === 0 || list.length > EXAMPLE_COUNT_LIMIT) {
      const got = Array.isArray(list) ? `${list.length}` : 'no array';
      throw new Misfit('', `must be an array of 1 to ${EXAMPLE_COUNT_LIMIT} examples, got ${got}`);
    }
    const names = new Set<string>();
    return list.map((value: unknown, index) => readExample(value, `/${index}`, names, signature));
  } catch (fault) {
    if (fault instanceof Misfit) return { rejection: refuseExamples(fault.pointer, fault.message) };
    if (fault instanceof DomainError) return { rejection: refuseExamples('', fault.message) };
    throw fault;
  }
};

const readExample = (value: unknown, pointer: string, names: Set<string>, signature: Signature): Example => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Misfit(pointer, "must be an object with 'name' and 'inputs'");
  }
  const members = new Map<string, unknown>(Object.entries(value));
  const foreign = [...members.keys()].find((member) => member !== 'name' && member !== 'inputs');
  if (foreign !== undefined)
    throw new Misfit(pointer, `must have 'name' and 'inputs' alone, got '${foreign.slice(0, 64)}'`);
  const name = members.get('name');
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new Misfit(`${pointer}/name`, "'name' must be 1 to 100 characters without control characters");
  }
  if (names.has(name)) throw new Misfit(`${pointer}/name`, `'name' must be of one example, got '${name}' again`);
  names.add(name);
  try {
    return { name, inputs: readInputs(members.get('inputs'), signature) };
  } catch (fault) {
    if (fault instanceof DomainError) throw new Misfit(`${pointer}/inputs`, fault.message);
    throw fault;
  }
};
