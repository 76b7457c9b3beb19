// Runs in line, and the places that take them. A run that ends its child is told so and not tried again; those behind it
// go to another child: runs have no effects, so they may be begun twice.
import { MEMORY_POLL_MS } from '../adapters/isolated-process.ts';
import { chooseJoined, type JoinLimits, joinFormOf, joinRuns, type RowsRun, splitOutputs } from '../domain/coalesce.ts';
import { ModelRefusal } from '../domain/model-refusal.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { ChildHeld, ModelFile } from './child-messages.ts';
import type { ChildAnswer, ModelChild, ModelChildEvents } from './model-child.ts';
import { type Batch, type Loss, Place } from './place.ts';
import type { RowProofs } from './row-proofs.ts';
import { busy, type Job, type PoolOutcome, RunLine } from './run-line.ts';

export interface PoolLimits {
  /** Runs that wait, and the bytes of their inputs. */
  readonly lineCount: number;
  readonly lineBytes: number;
  /** For waiting. */
  readonly lineMs: number;
  /** For loading and one run. */
  readonly deadlineMs: number;
  /** For a child to be there. */
  readonly startMs: number;
  /** Of each child. */
  readonly memoryBytes: number;
  readonly joined: JoinLimits;
}

export interface PoolOptions {
  readonly placeCount: number;
  readonly limits: PoolLimits;
  readonly start: (events: ModelChildEvents) => ModelChild;
  readonly proofs: RowProofs;
  readonly nowMs: () => number;
}

export interface PoolStats {
  /** Taken and not answered; of them, those that wait for a place. */
  readonly openCount: number;
  readonly waitingCount: number;
  readonly answeredCount: number;
  /** Runs that were answered together with others. */
  readonly joinedCount: number;
  readonly lostChildCount: number;
  readonly places: readonly { readonly pid: number | undefined; readonly held: ChildHeld | undefined }[];
}

interface JobBatch extends Batch {
  readonly jobs: readonly Job[];
}

/** A child gets a second batch to go on with only while all it has are models that take no longer. */
const QUICK_MS = 20;
const AHEAD_COUNT = 2;
/** Versions whose times are remembered. */
const TIMES_COUNT = 10_000;

export class ModelPool {
  readonly #options: PoolOptions;
  readonly #line: RunLine;
  readonly #places: readonly Place<JobBatch>[];
  /** By SHA-256: milliseconds of a run lately. */
  readonly #runMs = new Map<string, number>();
  #openCount = 0;
  #answeredCount = 0;
  #joinedCount = 0;
  #isPumping = false;
  #isClosing = false;
  #onEmpty: () => void = () => {};

  constructor(options: PoolOptions) {
    const { placeCount, limits, start, nowMs } = options;
    this.#options = options;
    this.#line = new RunLine(limits);
    this.#places = Array.from(
      { length: placeCount },
      () =>
        new Place<JobBatch>({
          start,
          deadlineMs: limits.deadlineMs,
          startMs: limits.startMs,
          nowMs,
          onFree: () => this.#pumpSoon(),
          onAnswer: (batch, answer) => this.#answered(batch, answer),
          onLost: (loss) => this.#lost(loss),
        }),
    );
  }

  /** Whether a place can take a run. */
  get isReady(): boolean {
    return !this.#isClosing && this.#places.some((place) => place.isReady);
  }

  get stats(): PoolStats {
    return {
      openCount: this.#openCount,
      waitingCount: this.#line.jobs.length,
      answeredCount: this.#answeredCount,
      joinedCount: this.#joinedCount,
      lostChildCount: this.#places.reduce((sum, { lostCount }) => sum + lostCount, 0),
      places: this.#places.map(({ pid, held }) => ({ pid, held })),
    };
  }

  /**
   * @param run - its inputs' data checked against their shapes, each name once
   * @param signal - gives it up: it then rejects with the signal's reason
   * @throws DomainError unavailable, when the line is full, it waited too long or the pool is closing; Error: ours
   */
  async run(model: ModelFile, run: RowsRun, signal?: AbortSignal): Promise<PoolOutcome> {
    signal?.throwIfAborted();
    if (this.#isClosing) throw busy('the server is ending');
    const { promise, resolve, reject } = Promise.withResolvers<PoolOutcome>();
    const form = joinFormOf(run);
    const sizeBytes = form?.sizeBytes ?? run.inputs.reduce((sum, { data }) => sum + data.length, 0);
    const marks = { startedMs: 0, alone: false, wasSpared: false, isOver: false };
    const job: Job = { model, run, form, sizeBytes, arrivedMs: this.#options.nowMs(), resolve, reject, ...marks };
    this.#line.append(job);
    this.#openCount++;
    this.#pumpSoon();
    const { lineMs } = this.#options.limits;
    const waited = setTimeout(() => {
      if (this.#line.jobs.includes(job)) reject(busy(`the run waited for ${lineMs} ms`));
    }, lineMs);
    const giveUp = () => reject(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(waited);
      signal?.removeEventListener('abort', giveUp);
      job.isOver = true;
      this.#line.remove([job]);
      this.#openCount--;
      if (this.#openCount === 0) this.#onEmpty();
    }
  }

  /** Takes nothing more, answers what it has taken, and ends the children. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      if (this.#openCount === 0) resolve();
    });
    await Promise.all(this.#places.map((place) => place.stop()));
  }

  /** All that arrives in one turn of the loop stands in line before the first of it begins. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (let [head] = this.#line.jobs; head; [head] = this.#line.jobs) {
      const place = this.#placeFor(head.model);
      if (!place) return;
      const jobs = this.#choose(head);
      this.#line.remove(jobs);
      for (const job of jobs) job.startedMs = this.#options.nowMs();
      place.begin({ model: head.model, run: joinRuns(jobs.map(({ run }) => run)), jobs });
    }
  }

  #placeFor(model: ModelFile): Place<JobBatch> | undefined {
    const ready = this.#places.filter(({ isReady }) => isReady);
    const knowing = (places: readonly Place<JobBatch>[]) => places.find((place) => place.knows(model.sha256));
    const idle = ready.filter(({ load }) => load.length === 0);
    if (idle.length > 0) return knowing(idle) ?? idle[0];
    const isQuick = ({ sha256 }: ModelFile) => (this.#runMs.get(sha256) ?? Infinity) <= QUICK_MS;
    if (!isQuick(model)) return undefined;
    return knowing(
      ready.filter(({ load }) => load.length < AHEAD_COUNT && load.every((batch) => isQuick(batch.model))),
    );
  }

  /** The first in line, and all that may run with it. */
  #choose(head: Job): readonly Job[] {
    const { proofs, limits } = this.#options;
    const { sha256 } = head.model;
    const forms = this.#line.jobs.map(({ model, alone, form }) =>
      model.sha256 === sha256 && !alone ? form : undefined,
    );
    const chosen = chooseJoined(forms, limits.joined);
    if (chosen.length > 1 && !proofs.isProven(sha256)) {
      proofs.ask(head.model);
      return [head];
    }
    return chosen.flatMap((index) => this.#line.jobs[index] ?? []);
  }

  #answered({ model, jobs }: JobBatch, answer: ChildAnswer): void {
    const [first] = jobs;
    if (answer.kind === 'outputs') this.#noteTime(model.sha256, answer.runMs);
    const parts = answer.kind === 'outputs' ? this.#split(jobs, answer.outputs) : undefined;
    if (answer.kind === 'outputs' && parts) this.#resolveAll(jobs, parts, answer);
    // One caller's rows must not fail another's: each for itself.
    else if (jobs.length > 1) this.#retryAlone(jobs);
    else if (answer.kind === 'failed') first?.resolve(failed(new ModelRefusal(answer.message).message));
    else if (answer.kind === 'fault') first?.reject(new Error(`the child failed: ${answer.message}`));
    else if (answer.kind === 'too_large') {
      first?.resolve({ ok: false, fault: 'output_too_large', bytes: answer.bytes });
    }
  }

  #split(jobs: readonly Job[], outputs: readonly Tensor[]): readonly (readonly Tensor[])[] | undefined {
    if (jobs.length === 1) return [outputs];
    const parts = splitOutputs(
      outputs,
      jobs.map(({ form }) => form?.rowCount ?? 0),
    );
    const [first] = jobs;
    if (!parts && first)
      this.#options.proofs.refuse(first.model.sha256, 'there was not one row of outputs for each row');
    return parts;
  }

  #resolveAll(
    jobs: readonly Job[],
    parts: readonly (readonly Tensor[])[],
    { loadMs, runMs }: { readonly loadMs: number; readonly runMs: number },
  ): void {
    this.#answeredCount += jobs.length;
    if (jobs.length > 1) this.#joinedCount += jobs.length;
    for (const [index, { arrivedMs, startedMs, resolve }] of jobs.entries()) {
      const outputs = parts[index] ?? [];
      resolve({ ok: true, outputs, loadMs, runMs, queueMs: startedMs - arrivedMs, joinedCount: jobs.length });
    }
  }

  #retryAlone(jobs: readonly Job[]): void {
    for (const job of jobs) job.alone = true;
    this.#line.putBack(jobs);
    this.#pumpSoon();
  }

  #lost({ reason, head, headMs, behind }: Loss<JobBatch>): void {
    const { limits } = this.#options;
    this.#line.putBack(behind.flatMap(({ jobs }) => jobs));
    this.#pumpSoon();
    const [first] = head.jobs;
    if (head.jobs.length > 1) this.#retryAlone(head.jobs);
    else if (first && reason === 'memory' && headMs < 2 * MEMORY_POLL_MS && !first.wasSpared) {
      first.wasSpared = true;
      this.#line.putBack([first]);
    } else first?.resolve(lossOutcome(reason, limits));
  }

  #noteTime(sha256: string, runMs: number): void {
    const before = this.#runMs.get(sha256);
    this.#runMs.set(sha256, before === undefined ? runMs : before * 0.8 + runMs * 0.2);
    const [oldest] = this.#runMs.keys();
    if (oldest !== undefined && this.#runMs.size > TIMES_COUNT) this.#runMs.delete(oldest);
  }
}

const failed = (message: string): PoolOutcome => ({ ok: false, fault: 'model_failed', message });

const lossOutcome = (reason: Loss<JobBatch>['reason'], limits: PoolLimits): PoolOutcome => {
  if (reason === 'memory') return failed(`loading and one run must take at most ${limits.memoryBytes} bytes of memory`);
  if (reason === 'crash') return failed('the process that ran the model ended without an answer');
  const message = `the model did not end within the ${limits.deadlineMs} ms that a run has`;
  return { ok: false, fault: 'model_timeout', message };
};
