// What inference needs from outside: someone to run a model, and the runtime itself.
import type { Writable } from 'node:stream';
import type { Lane, Product, PublishedVersion } from '../registry/contract.ts';
import type { Datatype } from '../shared/onnx/signature.ts';
import type { SmokeRefusal, TYPESCRIPT_LANE } from './contract.ts';
import type { Tensor } from './domain/tensor.ts';

/** A file in the artifacts bucket. */
export interface StoredFile {
  readonly key: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A model in onnxruntime's own format: a version's product of kind `ort`. */
export interface OrtFile extends StoredFile {
  /** `onnxruntime-node <version>`: no other version uses it. */
  readonly madeBy: string;
}

/** One run of a published version. */
export interface RunJob {
  /** Where onnxruntime runs it. */
  readonly lane: Lane;
  readonly artifact: StoredFile;
  /** Made of the artifact: what runs it faster, or elsewhere. */
  readonly products: readonly Product[];
  /** Rows of the batch input. */
  readonly rowCount: number;
  readonly inputs: readonly Tensor[];
  /** Names of the outputs asked for: the only ones computed for. */
  readonly outputs: readonly string[];
}

export type RunOutcome = {
  /** Where it ran. @default the job's lane */
  readonly lane?: typeof TYPESCRIPT_LANE;
} & RunResult;

type RunResult =
  | { readonly ok: true; readonly outputs: readonly Tensor[]; readonly loadMs: number; readonly runMs: number }
  | {
      readonly ok: false;
      readonly fault: 'model_failed' | 'model_timeout';
      readonly message: string;
      /** The process that ran it is gone. */
      readonly ended?: true;
    }
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
   * @returns the outputs named, in that order; at once where the runtime gives them at once @throws ModelRefusal
   */
  run(inputs: readonly Tensor[], outputNames: readonly string[]): Tensor[] | Promise<Tensor[]>;
  release(): Promise<void>;
}

/** Loads models. */
export interface Runtime {
  /** What the products say that this runtime can use: their `madeBy`. */
  readonly name: string;
  /** @param model - the ONNX file; may be dropped afterwards @throws ModelRefusal */
  load(model: Uint8Array): Promise<Session>;
  /**
   * Loads a model in the runtime's own format where it lies: its weights stay in the file, which must stay open.
   * @param prepack - a copy of the weights, ordered for batches @throws ModelRefusal
   */
  loadMapped(file: ScratchFile, options: { readonly prepack: boolean }): Promise<Session>;
}

/** A file that only this process sees. */
export interface ScratchFile {
  /** Good while it is open. */
  readonly path: string;
  close(): void;
}

/** Where published artifacts lie. */
export interface ArtifactStore {
  /** The file's bytes, their SHA-256 checked. */
  read(file: StoredFile): Promise<Uint8Array>;
  /** The same, in a file. */
  readToScratch(file: StoredFile): Promise<ScratchFile>;
}

/** A process that tries one model, and may be killed for it. */
export interface SmokeProcess<Report> {
  /** Takes the header, the files and the go-ahead. Its errors are swallowed: the report tells of them. */
  readonly stdin: Writable;
  /** When the process is gone. */
  readonly report: Promise<Report | SmokeRefusal>;
  /** Where it works, and may have left a file. */
  readonly directory: string;
  /** Starts the deadline. */
  begin(): void;
  /** Ends it, if it has not ended, and removes what it left. */
  close(): Promise<void>;
}

/** What became of streaming a model into that process. */
export type Download =
  | { readonly state: 'done'; readonly sha256: string; readonly sizeBytes: number }
  /** More came than was announced; the rest was not read. */
  | { readonly state: 'too_large' }
  /** The receiver has gone. */
  | { readonly state: 'closed' };

/** Told of each run that failed: those that a version did not survive count against it. Never throws. */
export type NoteFailure = (failed: {
  readonly published: PublishedVersion;
  readonly inputs: readonly Tensor[];
  readonly outcome: Exclude<RunOutcome, { ok: true }>;
}) => Promise<void>;
