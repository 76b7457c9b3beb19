// A node of the graph as the rules of row-wise.ts read it: attributes at hand, inputs by what is known of them.
import type { AttributeProto, NodeProto } from '../generated/onnx-ml_pb.js';
import { type ConstantValue, NotRowWise, type RowsValue, type RowValue } from './row-value.ts';

export class RowNode {
  readonly op: string;
  /** Of the operator set that the model imports for the node's domain. */
  readonly version: number;
  readonly outputs: readonly string[];
  /** undefined: an optional input that is left out. */
  readonly inputs: readonly (RowValue | undefined)[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(node: NodeProto, version: number, inputs: readonly (RowValue | undefined)[]) {
    this.op = node.opType;
    this.version = version;
    this.outputs = node.output;
    this.inputs = inputs;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    for (const { name, refAttrName } of node.attribute) {
      if (refAttrName) throw this.refuse(`attribute '${name}' refers to a function's`);
    }
  }

  refuse(why: string): NotRowWise {
    return new NotRowWise(`${this.op}: ${why}`);
  }

  int(name: string, fallback: number): number {
    const attribute = this.#attributes.get(name);
    return attribute ? Number(attribute.i) : fallback;
  }

  ints(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map(Number);
  }

  attribute(name: string): AttributeProto | undefined {
    return this.#attributes.get(name);
  }

  /** @throws NotRowWise unless the input is of rows, and of that rank at least */
  rows(index: number, minRank = 1): RowsValue {
    const value = this.inputs[index];
    if (value?.kind !== 'rows') throw this.refuse(`input ${index} must be of rows`);
    if (value.rest.length + 1 < minRank) throw this.refuse(`input ${index} must have ${minRank} dimensions at least`);
    return value;
  }

  /** Of an operator that takes an input of fewer or more dimensions in another way. */
  rowsOfRank(index: number, rank: number): RowsValue {
    const value = this.rows(index, rank);
    if (value.rest.length + 1 !== rank) throw this.refuse(`input ${index} must have ${rank} dimensions`);
    return value;
  }

  /** @throws NotRowWise unless it is the same in every call */
  constant(index: number): ConstantValue {
    const value = this.inputs[index];
    if (value?.kind !== 'constant') throw this.refuse(`input ${index} must be a constant`);
    return value;
  }

  constantDims(index: number): readonly number[] {
    const { dims } = this.constant(index);
    if (!dims) throw this.refuse(`input ${index} must be a constant of known dimensions`);
    return dims;
  }

  constantInts(index: number): readonly number[] {
    const { ints } = this.constant(index);
    if (!ints) throw this.refuse(`input ${index} must be a short constant of integers`);
    return ints;
  }

  /** Every input from there on that is not left out. */
  constantsFrom(index: number): void {
    for (let at = index; at < this.inputs.length; at++) if (this.inputs[at]) this.constant(at);
  }

  /** @returns the axis counted from the front @throws NotRowWise when it is the rows', or none */
  axisBeside(axis: number, rank: number): number {
    const fromFront = axis < 0 ? axis + rank : axis;
    if (fromFront === 0) throw this.refuse('works along the rows');
    if (!Number.isSafeInteger(fromFront) || fromFront < 0 || fromFront >= rank) {
      throw this.refuse(`axis ${axis} of ${rank} dimensions`);
    }
    return fromFront;
  }

  /** Outputs that tell a row's place in the batch, or that only training has. */
  onlyFirstOutput(): void {
    if (this.outputs.slice(1).some((name) => name !== '')) throw this.refuse('more than one output');
  }
}
