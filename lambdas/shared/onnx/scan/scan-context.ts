// What the sinks of one scan share: where they are, and how much they have met.
import type { Bounds } from '../bounds.ts';
import type { ExternalTensor } from '../external-data.ts';
import { ModelRejection, type RejectionPlace, type ScanRule } from '../rejection.ts';

export class ScanContext {
  readonly bounds: Bounds;
  /** Tensors whose data lies in other files; undefined: there may be none. */
  readonly externals: ExternalTensor[] | undefined;
  private readonly here: () => RejectionPlace;
  nodeCount = 0;
  /** Elements of all initializers. */
  parameterCount = 0;
  /** Operator, after its domain where that is not ai.onnx → nodes. */
  readonly operators = new Map<string, number>();
  private initializerCount = 0;
  private metadataCount = 0;

  /** @param here - the element being walked */
  constructor(bounds: Bounds, here: () => RejectionPlace, allowExternal = false) {
    this.bounds = bounds;
    this.externals = allowExternal ? [] : undefined;
    this.here = here;
  }

  place(): RejectionPlace {
    return this.here();
  }

  reject(rule: ScanRule, message: string, place: RejectionPlace = this.here()): ModelRejection {
    return new ModelRejection(rule, message, place);
  }

  countNode(): void {
    this.nodeCount++;
    if (this.nodeCount > this.bounds.nodes) {
      throw this.reject('too_many_nodes', `a model must have at most ${this.bounds.nodes} nodes`);
    }
  }

  countOperator(domain: string, opType: string): void {
    const name = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
    this.operators.set(name, (this.operators.get(name) ?? 0) + 1);
  }

  countInitializer(): void {
    this.initializerCount++;
    this.atMost('initializers', this.initializerCount, this.bounds.initializers);
  }

  countMetadata(): void {
    this.metadataCount++;
    this.atMost('metadata entries', this.metadataCount, this.bounds.metadataEntries);
  }

  atMost(what: string, count: number, most: number): void {
    if (count > most) throw this.reject('too_many', `there must be at most ${most} ${what}`);
  }
}
