// A place where models run: one child process at a time, replaced when it is lost. Keeps the batches it was given in
// order; the first one is what the child works on, and has the deadline.
import type { RowsRun } from '../domain/coalesce.ts';
import type { ChildHeld, ModelFile } from './child-messages.ts';
import type { ChildAnswer, ChildEnd, ModelChild, ModelChildEvents } from './model-child.ts';

/** What is run at once: one run, or several joined. */
export interface Batch {
  readonly model: ModelFile;
  readonly run: RowsRun;
}

export interface Loss<B extends Batch> {
  readonly reason: 'time' | 'memory' | 'crash';
  /** What the child worked on, and for how long. */
  readonly head: B;
  readonly headMs: number;
  /** What it had been given and had not begun. */
  readonly behind: readonly B[];
}

export interface PlaceOptions<B extends Batch> {
  readonly start: (events: ModelChildEvents) => ModelChild;
  /** For loading and one run. */
  readonly deadlineMs: number;
  /** For a child to be there. */
  readonly startMs: number;
  readonly nowMs: () => number;
  /** It may take more. */
  readonly onFree: () => void;
  readonly onAnswer: (batch: B, answer: ChildAnswer) => void;
  readonly onLost: (loss: Loss<B>) => void;
}

/** Models that a child is thought to hold. */
const KNOWN_COUNT = 64;
/** A child that cannot even start is tried again ever more slowly. */
const BACKOFF_MS = { first: 100, most: 5_000 } as const;

export class Place<B extends Batch> {
  readonly #options: PlaceOptions<B>;
  readonly #known = new Set<string>();
  #child: ModelChild | undefined;
  #isReady = false;
  #given: readonly { readonly id: number; readonly batch: B }[] = [];
  #headSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isLate = false;
  #held: ChildHeld | undefined;
  #nextId = 1;
  #lostCount = 0;
  #backoffMs: number = BACKOFF_MS.first;
  /** Set once it is to end. */
  #onStopped: (() => void) | undefined;

  constructor(options: PlaceOptions<B>) {
    this.#options = options;
    this.#start();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** What it was given and has not answered. */
  get load(): readonly B[] {
    return this.#given.map(({ batch }) => batch);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get held(): ChildHeld | undefined {
    return this.#held;
  }

  /** Children that ended otherwise than by `stop`. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Whether it ran the model lately: the session is probably there. */
  knows(sha256: string): boolean {
    return this.#known.has(sha256);
  }

  begin(batch: B): void {
    if (!this.#child) throw new Error('a place without a child takes nothing');
    const { model, run } = batch;
    const id = this.#nextId++;
    this.#given = [...this.#given, { id, batch }];
    this.#known.delete(model.sha256);
    this.#known.add(model.sha256);
    const [oldest] = this.#known;
    if (oldest !== undefined && this.#known.size > KNOWN_COUNT) this.#known.delete(oldest);
    if (this.#given.length === 1) this.#setDeadline(this.#options.deadlineMs);
    this.#child.run(id, model, run);
  }

  /** @returns when its child is gone */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#onStopped = resolve;
      if (this.#child) this.#child.kill();
      else resolve();
    });
  }

  #start(): void {
    if (this.#onStopped) return;
    // Every event is of the child that there is: the next one begins only when the last has ended.
    this.#child = this.#options.start({
      onReady: () => {
        clearTimeout(this.#timer);
        this.#isReady = true;
        this.#options.onFree();
      },
      onAnswer: (id, answer, held) => this.#answered(id, answer, held),
      onEnd: (why) => this.#lost(why),
    });
    this.#setDeadline(this.#options.startMs);
  }

  #setDeadline(ms: number): void {
    clearTimeout(this.#timer);
    this.#headSinceMs = this.#options.nowMs();
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#child?.kill();
    }, ms);
  }

  #answered(id: number, answer: ChildAnswer, held: ChildHeld): void {
    const [head, ...behind] = this.#given;
    // Answers come in order, and as asked: all else is the word of something that took the child over.
    if (head?.id !== id || (answer.kind === 'outputs' && !isAskedFor(head.batch, answer.outputs))) {
      this.#child?.kill();
      return;
    }
    this.#given = behind;
    this.#held = held;
    this.#backoffMs = BACKOFF_MS.first;
    if (behind.length > 0) this.#setDeadline(this.#options.deadlineMs);
    else clearTimeout(this.#timer);
    this.#options.onAnswer(head.batch, answer);
    this.#options.onFree();
  }

  #lost(why: ChildEnd): void {
    clearTimeout(this.#timer);
    const reason = why === 'memory' ? 'memory' : this.#isLate ? 'time' : 'crash';
    const headMs = this.#options.nowMs() - this.#headSinceMs;
    const [head, ...behind] = this.load;
    const wasWorking = this.#isReady && head !== undefined;
    this.#child = undefined;
    this.#isReady = false;
    this.#isLate = false;
    this.#given = [];
    this.#held = undefined;
    this.#known.clear();
    if (this.#onStopped) this.#onStopped();
    else {
      this.#lostCount++;
      if (wasWorking) this.#start();
      else this.#startLater();
    }
    if (head) this.#options.onLost({ reason, head, headMs, behind });
  }

  #startLater(): void {
    setTimeout(() => this.#start(), this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS.most);
  }
}

const isAskedFor = ({ run }: Batch, outputs: readonly { readonly name: string }[]): boolean =>
  outputs.length === run.outputs.length && outputs.every(({ name }, index) => name === run.outputs[index]);
