// What inference needs from outside: someone to run a model, and the runtime itself.
import type { Writable } from 'node:stream';
import type { Lane } from '../registry/contract.ts';
import type { Datatype } from '../shared/onnx/signature.ts';
import type { SmokeReport } from './contract.ts';
import type { Tensor } from './domain/tensor.ts';

/** One run of a published version. */
export interface RunJob {
  readonly lane: Lane;
  readonly artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number };
  readonly inputs: readonly Tensor[];
  /** Names of the outputs asked for: the only ones computed for. */
  readonly outputs: readonly string[];
}

export type RunOutcome =
  | { readonly ok: true; readonly outputs: readonly Tensor[]; readonly loadMs: number; readonly runMs: number }
  | { readonly ok: false; readonly fault: 'model_failed' | 'model_timeout'; readonly message: string }
  | { readonly ok: false; readonly fault: 'output_too_large' | 'input_too_large'; readonly bytes: number };

/** Runs models where trust allows. */
export interface ModelRunner {
  /**
   * @param signal - gives the run up; it then rejects with the signal's reason
   * @returns the model's own failures as an outcome @throws Error whatever is ours; DomainError unavailable
   */
  run(job: RunJob, signal: AbortSignal): Promise<RunOutcome>;
}

/** A tensor as the runtime declares it. */
export interface RuntimeTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** -1 where any size is allowed. */
  readonly shape: readonly number[];
}

/** A loaded model. */
export interface Session {
  readonly inputs: readonly RuntimeTensor[];
  readonly outputs: readonly RuntimeTensor[];
  /**
   * Blocks the thread while it runs.
   * @returns the outputs named, in that order @throws ModelRefusal
   */
  run(inputs: readonly Tensor[], outputNames: readonly string[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

/** Loads models. */
export interface Runtime {
  /** @param model - the ONNX file; may be dropped afterwards @throws ModelRefusal */
  load(model: Uint8Array): Promise<Session>;
}

/** Where published artifacts lie. */
export interface ArtifactStore {
  /** The artifact's bytes, their SHA-256 checked. */
  read(artifact: { readonly key: string; readonly sha256: string; readonly sizeBytes: number }): Promise<Uint8Array>;
}

/** A process that tries one model, and may be killed for it. */
export interface SmokeProcess {
  /** Takes the header, the model and the go-ahead. Its errors are swallowed: the report tells of them. */
  readonly stdin: Writable;
  /** When the process is gone. */
  readonly report: Promise<SmokeReport>;
  /** Starts the deadline. */
  begin(): void;
  kill(): void;
}

/** What became of streaming a model into that process. */
export type Download =
  | { readonly state: 'done'; readonly sha256: string; readonly sizeBytes: number }
  /** More came than was announced; the rest was not read. */
  | { readonly state: 'too_large' }
  /** The receiver has gone. */
  | { readonly state: 'closed' };
