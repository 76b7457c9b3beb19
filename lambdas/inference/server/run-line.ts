// Runs that wait for a place, in order, bounded by number and bytes.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { JoinForm, RowsRun } from '../domain/coalesce.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { ModelFile } from './child-messages.ts';

export type PoolOutcome =
  | {
      readonly ok: true;
      readonly outputs: readonly Tensor[];
      readonly loadMs: number;
      readonly runMs: number;
      readonly queueMs: number;
      /** Runs that were one: 1 when it ran alone. */
      readonly joinedCount: number;
    }
  | { readonly ok: false; readonly fault: 'model_failed' | 'model_timeout'; readonly message: string }
  | { readonly ok: false; readonly fault: 'output_too_large'; readonly bytes: number };

/** A run and who waits for it. */
export interface Job {
  readonly model: ModelFile;
  readonly run: RowsRun;
  readonly form: JoinForm | undefined;
  readonly sizeBytes: number;
  readonly arrivedMs: number;
  readonly resolve: (outcome: PoolOutcome) => void;
  readonly reject: (fault: unknown) => void;
  startedMs: number;
  /** It was in a joint run that failed. */
  alone: boolean;
  /** Its child held too much memory just after it began: that may have been the one before. */
  wasSpared: boolean;
  /** Answered, or given up: what comes of it is nobody's. */
  isOver: boolean;
}

export interface LineLimits {
  readonly lineCount: number;
  readonly lineBytes: number;
}

export const busy = (message: string) =>
  new DomainError('unavailable', 'unavailable', message, { headers: { 'retry-after': '1' } });

export class RunLine {
  readonly #limits: LineLimits;
  #jobs: readonly Job[] = [];
  #bytes = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** @throws DomainError unavailable */
  append(job: Job): void {
    const { lineCount, lineBytes } = this.#limits;
    if (this.#jobs.length >= lineCount || this.#bytes + job.sizeBytes > lineBytes) throw busy('too many runs wait');
    this.#set([...this.#jobs, job]);
  }

  /** Those that have waited already: ahead of all, whatever the limits. */
  putBack(jobs: readonly Job[]): void {
    this.#set([...jobs.filter(({ isOver }) => !isOver), ...this.#jobs]);
  }

  remove(jobs: readonly Job[]): void {
    const leaving = new Set(jobs);
    this.#set(this.#jobs.filter((job) => !leaving.has(job)));
  }

  #set(jobs: readonly Job[]): void {
    this.#jobs = jobs;
    this.#bytes = jobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
}
