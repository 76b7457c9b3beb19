// inference: what others may import. The /v2 routes and env names, and what the smoke function takes and tells.
import { z } from 'zod';
import type { Signature, TensorSpec } from '../shared/onnx/signature.ts';

/** Environment of `infer`: the functions it sends publishers' models to. */
export const inferEnv = z.object({ RUN_2GIB_FUNCTION: z.string().min(1), RUN_10GIB_FUNCTION: z.string().min(1) });

/** Environment of `run-*`. */
export const runEnv = z.object({ ARTIFACTS_BUCKET: z.string().min(1) });

/** Environment of whoever has a model smoke-run (registry's scan). */
export const smokeEnv = z.object({ SMOKE_FUNCTION: z.string().min(1) });

/** What the smoke function is invoked with: a model nobody trusts yet, by a URL that its caller signed. */
export interface SmokeRequest {
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly signature: Signature;
  /** Example inputs, else they are made from the signature: open dimensions 1, zeros and empty strings. */
  readonly limits: { readonly memoryBytes: number; readonly timeoutMs: number };
}

/** What loading and running it once showed. Never thrown: a crash of the child is a report. */
export type SmokeReport =
  | {
      readonly ok: true;
      /** As the runtime sees them: output shapes may be sharper than the graph declares. */
      readonly outputs: readonly Pick<TensorSpec, 'name' | 'datatype' | 'shape'>[];
      readonly envelope: { readonly peakBytes: number; readonly loadMs: number; readonly runMs: number };
    }
  | {
      readonly ok: false;
      readonly rule:
        | 'load_failed'
        | 'run_failed'
        | 'timed_out'
        | 'out_of_memory'
        | 'crashed'
        | 'hash_mismatch'
        | 'signature_differs';
      /** The runtime's own words, or what was seen from outside the child. */
      readonly message: string;
    };
