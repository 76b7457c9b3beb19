// Reads an ONNX model that nobody trusts, as its bytes arrive, before any runtime sees it: refuses what could harm, and
// tells the signature of what could not. Time is linear in the file; memory is bounded by `modelBounds`, not by the file.
import { type Bounds, modelBounds } from './bounds.ts';
import type { Edit } from './edit-bytes.ts';
import type { ExternalTensor } from './external-data.ts';
import { ModelRejection, type ScanRule } from './rejection.ts';
import { modelSink } from './scan/model-sink.ts';
import { ScanContext } from './scan/scan-context.ts';
import { WireWalker } from './scan/wire-walker.ts';
import type { Signature } from './signature.ts';
import { signatureOf } from './signature-of.ts';
import { zipMapEdits } from './zip-map-edits.ts';

export interface ScannedModel {
  readonly ok: true;
  /** Of the graph as it is served, its ZipMaps cut. */
  readonly signature: Signature;
  /** Domain → version of its operator set; the empty domain is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Nodes of all graphs and functions, each once. */
  readonly nodeCount: number;
  /** Elements of all initializers. */
  readonly parameterCount: number;
  /** Operator, after its domain where that is not ai.onnx → its nodes. */
  readonly operators: ReadonlyMap<string, number>;
  /** ZipMaps that give way. */
  readonly zipMaps: number;
  /** What to replace in the file for that, in file order. */
  readonly edits: readonly Edit[];
  /** Tensors whose data lies in other files, in file order; where that is allowed. */
  readonly externals: readonly ExternalTensor[];
}

export interface RefusedModel {
  readonly ok: false;
  readonly rejection: {
    readonly rule: ScanRule;
    readonly message: string;
    /** The element, e.g. `graph.node[3].attribute[0].t`; empty: the file as a whole. */
    readonly path: string;
    /** Byte in the file. */
    readonly offset: number;
  };
}

export type ScanReport = ScannedModel | RefusedModel;

export interface ModelScan {
  /** The next bytes of the file. After a refusal it does nothing. */
  push(chunk: Uint8Array): void;
  /** After the last bytes. */
  finish(): ScanReport;
}

/**
 * @param bounds - those to be narrower, or wider, than the platform's
 * @param allowExternal - of the graph's tensors; functions must hold their own
 */
export const createModelScan = (
  bounds: Partial<Bounds> = {},
  { allowExternal = false }: { readonly allowExternal?: boolean } = {},
): ModelScan => {
  const scan = new ScanContext({ ...modelBounds, ...bounds }, () => walker.place(), allowExternal);
  const model = modelSink(scan);
  const walker = new WireWalker(scan.bounds, model.sink);
  const guard = formatGuard();
  let refusal: RefusedModel | undefined;
  const refusing = <T>(step: () => T): T | undefined => {
    try {
      return step();
    } catch (fault) {
      if (!(fault instanceof ModelRejection)) throw fault;
      const { rule, message, path, offset } = fault;
      refusal = { ok: false, rejection: { rule, message, path, offset } };
      return undefined;
    }
  };
  const conclude = (): ScannedModel => {
    walker.finish();
    const facts = model.finish();
    const { edits, outputs, zipMaps } = zipMapEdits(facts);
    const signature = signatureOf(facts.graph, outputs);
    const { nodeCount, parameterCount, operators, externals = [] } = scan;
    const counts = { nodeCount, parameterCount, operators };
    return { ok: true, signature, opsets: Object.fromEntries(facts.opsets), ...counts, zipMaps, edits, externals };
  };
  return {
    push: (chunk) => {
      if (refusal) return;
      refusing(() => {
        guard(chunk);
        walker.push(chunk);
      });
    },
    finish: () => {
      const concluded = refusal ? undefined : refusing(conclude);
      const report = concluded ?? refusal;
      if (!report) throw new Error('a scan ends in a verdict');
      return report;
    },
  };
};

const MARK = 'ORTM';
const MARK_AT = 4;

/** A file can be ONNX and yet bear the mark by which the runtime takes it for its own format, which nobody scans. */
const formatGuard = () => {
  let head = '';
  return (chunk: Uint8Array): void => {
    const missing = MARK_AT + MARK.length - head.length;
    if (missing <= 0) return;
    head += String.fromCharCode(...chunk.subarray(0, missing));
    if (head.slice(MARK_AT) !== MARK) return;
    throw new ModelRejection('ort_format', `bytes 4 to 7 must not be '${MARK}'`, { path: '', offset: MARK_AT });
  };
};
