// What walks the file tells each open message.

/** Where something stands in the file. `start` is its tag's first byte, `end` the byte after it. */
export interface Extent {
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** A method is there only where the message has fields of the kind. Whatever it throws ends the walk. */
export interface Sink {
  /** A single number. */
  int?(field: string, value: number): void;
  name?(field: string, value: string): void;
  /** Length of a blob, or of a text. */
  bytes?(field: string, length: number): void;
  /** A blob of 16 bytes at most, each a character; after `bytes`. */
  word?(field: string, text: string): void;
  /** So many further entries of a repeated number. */
  count?(field: string, entries: number): void;
  /** Whether a repeated number's entries are to come one by one, through `int`. */
  wants?(field: string): boolean;
  /** A message opens. */
  message?(field: string, extent: Extent): Sink;
  /** The message itself ends. */
  close?(extent: Extent): void;
}
