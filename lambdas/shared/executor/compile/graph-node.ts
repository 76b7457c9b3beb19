// A node of the graph with its attributes at hand.
import type { AttributeProto, NodeProto, TensorProto } from '../../onnx/generated/onnx-ml_pb.js';
import { Unsupported } from './unsupported.ts';

const decoder = new TextDecoder();

export class GraphNode {
  readonly op: string;
  readonly domain: string;
  /** Of the operator set that the model imports for its domain. */
  readonly version: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(node: NodeProto, version: number) {
    this.op = node.opType;
    this.domain = node.domain === 'ai.onnx' ? '' : node.domain;
    this.version = version;
    this.inputs = node.input;
    this.outputs = node.output;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    for (const [name, { refAttrName }] of this.#attributes) {
      if (refAttrName) throw new Unsupported(`${this.op}: attribute '${name}' refers to a function's`);
    }
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, fallback: number): number {
    const attribute = this.#attributes.get(name);
    return attribute ? this.#whole(name, attribute.i) : fallback;
  }

  float(name: string, fallback: number): number {
    return this.#attributes.get(name)?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    const attribute = this.#attributes.get(name);
    return attribute ? decoder.decode(attribute.s) : fallback;
  }

  ints(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map((value) => this.#whole(name, value));
  }

  floats(name: string): number[] | undefined {
    return this.#attributes.get(name)?.floats;
  }

  texts(name: string): string[] | undefined {
    return this.#attributes.get(name)?.strings.map((bytes) => decoder.decode(bytes));
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attributes.get(name)?.t;
  }

  /** @throws Unsupported when any other attribute is there */
  only(...names: readonly string[]): void {
    for (const name of this.#attributes.keys()) {
      if (!names.includes(name)) throw new Unsupported(`${this.op}: attribute '${name}'`);
    }
  }

  #whole(name: string, value: bigint): number {
    const whole = Number(value);
    if (Number.isSafeInteger(whole)) return whole;
    throw new Unsupported(`${this.op}: attribute '${name}' beyond ±2^53`);
  }
}
