// What reviews, calls and downloads of a model add up to.

/** One item, which reviews and calls count up each in fields of their own. */
export interface ModelSums {
  /** Reviews that are shown. */
  readonly ratingCount: number;
  readonly ratingSum: number;
  /** Reviews of one star, of two, … of five. */
  readonly starCounts: readonly number[];
  readonly callCount: number;
  /** Accounts that made them. */
  readonly callerCount: number;
}

export interface ModelStats extends ModelSums {
  readonly downloadCount: number;
}
