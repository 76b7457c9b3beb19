// A call that the executor does not run, as a value: thrown, and told apart from what is ours by its class.
export type RefusalReason =
  /** The bytes are no compiled model of this version. */
  | 'bad_form'
  /** An input or output is missing, unknown, or of another type or shape. */
  | 'bad_input'
  /** An integer beyond ±2^53: it would be rounded. */
  | 'integer_range'
  /** More rows than memory is allowed for. */
  | 'too_large'
  /** What onnxruntime refuses, too: an unknown category where the model forbids it. */
  | 'bad_value';

export class ExecutorRefusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = 'ExecutorRefusal';
    this.reason = reason;
  }
}
