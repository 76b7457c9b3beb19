// What reviews and calls of a model add up to: one item, which each of them counts up in its own fields.

export interface ModelStats {
  /** Reviews that are shown. */
  readonly ratingCount: number;
  readonly ratingSum: number;
  /** Reviews of one star, of two, … of five. */
  readonly starCounts: readonly number[];
  readonly callCount: number;
}
